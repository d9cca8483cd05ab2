import { searchKnowledge } from '../../knowledge/search.ts'
import type { Visit } from '../visit.ts'
import { agentOf } from './agent-frame.tsx'
import { Card } from './card.tsx'
import { Status } from './text.tsx'

const MAX_QUESTION = 2_000
const RESULTS = 6
const MAX_PASSAGE = 420

type Found = Awaited<ReturnType<typeof searchKnowledge>>
type Result = Found['results'][number]

/** Asks the index and no model: what an answer to this would be made from, and why. */
export const SearchCard = async ({ visit }: { visit: Visit }) => {
  const agent = agentOf(visit)
  const question = (visit.url.searchParams.get('q') ?? '').trim().slice(0, MAX_QUESTION)
  const search = { query: question, limit: RESULTS, history: [] }
  const found = question ? await searchKnowledge(visit.tenant, agent.id, search) : undefined
  return (
    <Card title="What would be found" id="search">
      <form class="pad bar" action={`/agents/${agent.id}/knowledge#search`} role="search">
        <label class="vh" for="search-q">
          Question
        </label>
        <input
          class="grow"
          type="search"
          id="search-q"
          name="q"
          value={question}
          placeholder="How do refunds work?"
          maxlength={MAX_QUESTION}
        />
        <button class="btn">Search</button>
      </form>
      {found ? (
        <Answer found={found} agentId={agent.id} />
      ) : (
        <p class="pad muted">
          The passages that an answer would be made from, each with its score and the words that matched. Costs no
          message.
        </p>
      )}
    </Card>
  )
}

const Answer = ({ found, agentId }: { found: Found; agentId: string }) => {
  const { results, evidence, repaired, tookMs } = found
  const read = Object.entries(repaired)
  return (
    <>
      <div class="pad stack tight small">
        <p class="bar">
          {evidence.wouldAnswer ? (
            <Status kind="ok">Would answer</Status>
          ) : (
            <Status kind="warn">Would not answer</Status>
          )}
          <span class="muted">
            evidence <b class="mono">{evidence.score.toFixed(2)}</b>, needs {evidence.threshold.toFixed(2)} · {tookMs}{' '}
            ms
          </span>
        </p>
        {read.length > 0 && (
          <p class="muted">Read as: {read.map(([typed, word]) => `${typed} → ${word}`).join(', ')}</p>
        )}
        {results.length === 0 && <p>Nothing matches. Add a source that says it.</p>}
      </div>
      {results.map((result) => (
        <Passage result={result} agentId={agentId} />
      ))}
    </>
  )
}

const Passage = ({ result, agentId }: { result: Result; agentId: string }) => (
  <div class="pad stack tight">
    <p class="row">
      <a href={`/agents/${agentId}/knowledge/documents/${result.documentId}`}>{result.title}</a>
      <span class="small mono" title="Share of the question that it covers">
        {result.score.toFixed(2)}
      </span>
    </p>
    {result.headings.length > 0 && <p class="small muted">{result.headings.join(' / ')}</p>}
    <p class="small">
      <Highlighted text={result.text} spans={result.highlights} />
    </p>
    <p class="small muted">
      matched{' '}
      {result.matched.slice(0, 8).map((word) => (
        <span class="term mono">{word}</span>
      ))}
    </p>
  </div>
)

/** The beginning of the passage with the words that matched. */
const Highlighted = ({ text, spans }: { text: string; spans: Result['highlights'] }) => {
  const end = text.length > MAX_PASSAGE ? Math.max(text.lastIndexOf(' ', MAX_PASSAGE), 1) : text.length
  const parts = []
  let at = 0
  for (const span of spans) {
    if (span.start < at || span.end > end) continue
    parts.push(text.slice(at, span.start), <mark>{text.slice(span.start, span.end)}</mark>)
    at = span.end
  }
  parts.push(text.slice(at, end), end < text.length ? ' …' : '')
  return <>{parts}</>
}
