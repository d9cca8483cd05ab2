// The product's knowledge index and embedded model as a Worker of their own: what `npm run eval` speaks to.
import type { Agent } from '../../src/agents/agents.ts'
import type { Tenant } from '../../src/context.ts'
import { knowledgeOf } from '../../src/knowledge/documents.ts'
import type { DocumentInput } from '../../src/knowledge/index/documents.ts'
import type { KnowledgeIndex } from '../../src/knowledge/index/knowledge-index.ts'
import { queryTexts, retrieve, type Turn } from '../../src/knowledge/retrieve.ts'
import { EmbeddedModel } from '../../src/models/embedded.ts'
import type { Evidence, QueryText } from '../../src/models/evidence.ts'
import { rankSentences } from '../../src/models/extract.ts'
import { isSmallTalk } from '../../src/models/small-talk.ts'

export { KnowledgeIndex } from '../../src/knowledge/index/knowledge-index.ts'

type EvalEnv = { KNOWLEDGE: DurableObjectNamespace<KnowledgeIndex> }

/** `agent` names the index. */
export type Call = { agent: string } & (
  | { call: 'put'; documents: DocumentInput[] }
  | { call: 'stats' | 'nothing' }
  /** What a chat looks up before its answer: the call whose time counts. */
  | { call: 'retrieve'; turns: Turn[] }
  | { call: 'answer'; turns: Turn[] }
)

export type Answered = {
  /** Documents by their best passage, best first. */
  documents: string[]
  /** What the embedded model would quote, best first, whether it answers or not. */
  sentences: string[]
  score: number
  /** The quotes of the answer as a visitor gets it; none when the model does not answer. */
  quotes: string[]
}

export type Stats = { documents: number; chunks: number; bytes: number }

const RANKED = 50
const QUOTED = 3
const MOST_DOCUMENTS = 1e9
const TEXTS = { greeting: 'Hello.', refusal: 'I could not find an answer.' }

export default {
  async fetch(request: Request, env: EvalEnv): Promise<Response> {
    const asked = await request.json<Call>()
    // Nothing else of a tenant is looked at on this way.
    const tenant = { org: { id: 'eval' }, knowledge: env.KNOWLEDGE, config: {} } as unknown as Tenant
    const agent = { id: asked.agent } as Agent
    const index = knowledgeOf(tenant, asked.agent)
    switch (asked.call) {
      case 'put': {
        const refused: string[] = []
        for (const document of asked.documents) {
          const stored = await index.addDocument(document, MOST_DOCUMENTS)
          if (typeof stored === 'string') refused.push(document.id)
        }
        return Response.json({ refused })
      }
      case 'stats':
        return Response.json(await index.stats())
      case 'nothing':
        return Response.json({ found: (await index.getDocument('none')) !== undefined })
      case 'retrieve': {
        const { score } = await retrieve(tenant, agent, queryTexts(asked.turns))
        return Response.json({ score })
      }
      case 'answer': {
        const texts = queryTexts(asked.turns)
        const ranked = await index.search({ texts, limit: RANKED, maxChars: Number.MAX_SAFE_INTEGER })
        const evidence = await retrieve(tenant, agent, texts)
        const sentences = rankSentences({ texts }, evidence).slice(0, QUOTED)
        return Response.json({
          documents: [...new Set(ranked.passages.map(({ documentId }) => documentId))],
          sentences: sentences.map(({ text }) => text),
          score: evidence.score,
          quotes: await answer(texts, evidence),
        } satisfies Answered)
      }
    }
  },
}

/** The model sends a quote a delta. */
async function answer(texts: QueryText[], evidence: Evidence): Promise<string[]> {
  if (isSmallTalk(texts[0]?.text ?? '')) return []
  const quotes: string[] = []
  const { signal } = new AbortController()
  const asked = { messages: [], question: { texts }, evidence, fallback: TEXTS.refusal, maxOutputTokens: 1_000, signal }
  for await (const event of new EmbeddedModel(TEXTS).stream(asked))
    if (event.type === 'delta') quotes.push(event.text.replace(/ \[\d+\]$/, '').trim())
  return quotes[0] === TEXTS.refusal ? [] : quotes
}
