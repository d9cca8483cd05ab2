import { estimateTokenCount } from 'tokenx'
import { extractAnswer } from './extract.ts'
import { isSmallTalk } from './small-talk.ts'
import type { ModelEvent, ModelProvider, ModelRequest } from './provider.ts'

const THANKS = /^\W*(?:thanks?|thank you|thx|ty|cheers|great|perfect|awesome)\b/iu

/**
 * The model that is built in: no key, no network. It writes nothing of its own; it quotes the sentences of the
 * knowledge that answer the question, cites each, and says so when nothing does.
 */
export class EmbeddedModel implements ModelProvider {
  readonly model = 'embedded'
  private readonly texts: { greeting: string }

  constructor(texts: { greeting: string }) {
    this.texts = texts
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const question = request.question.texts[0]?.text ?? ''
    const inputTokens = estimateTokenCount(question)
    // Told first: who leaves in the middle pays for the question, not for a prompt that nobody read.
    yield { type: 'usage', inputTokens, outputTokens: 0 }
    let answer = ''
    for (const part of this.answer(request)) {
      const text = answer === '' ? part : `${part.startsWith('\n') ? '' : ' '}${part}`
      answer += text
      yield { type: 'delta', text }
    }
    yield { type: 'usage', inputTokens, outputTokens: estimateTokenCount(answer) }
    yield { type: 'finish', reason: 'stop' }
  }

  private answer({ question, evidence, fallback }: ModelRequest): string[] {
    const latest = question.texts[0]?.text ?? ''
    if (isSmallTalk(latest))
      return [THANKS.test(latest) ? "You're welcome. Is there anything else?" : this.texts.greeting]
    const quotes = joinNeighbours(extractAnswer(question, evidence).sentences, evidence.passages)
    if (quotes.length === 0) return [fallback]
    return quotes.map(({ text, passage }) => `${text} [${passage + 1}]`)
  }
}

type Quote = { passage: number; text: string; start: number; end: number }

/** Sentences that follow each other in a document become one quote with one citation. */
/** In UTF-16 units: longer ones are no quotes any more, and citations would cut them. */
const LONGEST_QUOTE = 400

function joinNeighbours(sentences: Quote[], passages: ModelRequest['evidence']['passages']): Quote[] {
  const joined: Quote[] = []
  for (const sentence of sentences) {
    const before = joined.at(-1)
    const passage = passages[sentence.passage]
    const gap = before && passage ? passage.text.slice(before.end - passage.start, sentence.start - passage.start) : ''
    const isNext = before && passage && before.passage === sentence.passage && /^[ \t]+$/.test(gap)
    if (isNext && sentence.end - before.start <= LONGEST_QUOTE) {
      before.text += gap + sentence.text
      before.end = sentence.end
    } else {
      joined.push({ ...sentence })
    }
  }
  return joined
}
