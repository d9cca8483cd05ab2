import type { Citation } from '../conversations/contract.ts'
import { utf8 } from '../lib/bytes.ts'
import { contentTerms } from '../lib/analyse.ts'
import { sentences } from '../lib/sentences.ts'
import type { Passage } from '../models/evidence.ts'

/** A run of markers as models write them: `[1]`, `[1][2]`, `[1, 2]`. */
const MARKERS = /(?:\s*\[\d{1,2}(?:\s*,\s*\d{1,2})*\])+/g

/**
 * The citations of an answer: for every marker the sentence of its passage that says most of what stands before it.
 * The quote is always cut from the document, so it can be checked letter by letter; markers of no passage give none.
 */
export function cite(answer: string, passages: readonly Passage[]): Citation[] {
  const citations: Citation[] = []
  let from = 0
  for (const match of answer.matchAll(MARKERS)) {
    const before = answer.slice(from, match.index).trim()
    from = match.index + match[0].length
    for (const number of match[0].matchAll(/\d+/g)) {
      const n = Number(number[0])
      const passage = passages[n - 1]
      const quote = passage && findQuote(before, passage.text)
      if (!quote) continue
      const isKnown = citations.some((known) => known.n === n && known.quote === quote.text)
      if (!isKnown) citations.push(toCitation(n, passage, quote))
    }
  }
  return fitLine(citations)
}

/** A line of a stream holds 16 KB at most: the citations that it has room for. */
function fitLine(citations: Citation[]): Citation[] {
  let bytes = 0
  return citations.filter((citation) => (bytes += utf8(JSON.stringify(citation)).length + 1) <= MAX_LINE_BYTES)
}

/** Of a quote, in UTF-16 units. */
const MAX_QUOTE = 600
/** Of all citations as JSON, leaving room for the frame around them. */
const MAX_LINE_BYTES = 15_000

type Quote = { text: string; start: number }

function findQuote(claim: string, passage: string): Quote | undefined {
  const quote = bestQuote(claim, passage)
  return quote && { ...quote, text: beginning(quote.text) }
}

/** A long sentence is quoted by its beginning; never half a surrogate pair. */
function beginning(text: string): string {
  if (text.length <= MAX_QUOTE) return text
  const last = text.charCodeAt(MAX_QUOTE - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_QUOTE - 1 : MAX_QUOTE)
}

function bestQuote(claim: string, passage: string): Quote | undefined {
  const verbatim = claim === '' ? -1 : passage.indexOf(claim)
  if (verbatim >= 0) return { text: claim, start: verbatim }
  const wanted = new Set(contentTerms(lastSentence(claim)))
  let best: Quote | undefined
  let most = -1
  for (const { text, start } of sentences(passage)) {
    const shared = new Set(contentTerms(text).filter((term) => wanted.has(term))).size
    if (shared > most) {
      most = shared
      best = { text, start }
    }
  }
  return best
}

function lastSentence(text: string): string {
  return sentences(text).at(-1)?.text ?? text
}

function toCitation(n: number, passage: Passage, quote: Quote): Citation {
  const { text } = quote
  const verified = passage.text.slice(quote.start, quote.start + text.length) === text
  const start = passage.start + quote.start
  return {
    n,
    sourceId: passage.documentId,
    title: passage.title,
    url: passage.url ?? null,
    quote: text,
    start,
    end: start + text.length,
    contentHash: passage.contentHash,
    verified,
  }
}
