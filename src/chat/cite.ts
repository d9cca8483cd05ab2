import type { Citation } from '../conversations/contract.ts'
import { utf8 } from '../lib/bytes.ts'
import { contentTerms } from '../lib/analyse.ts'
import { sentences } from '../lib/sentences.ts'
import type { Passage } from '../models/evidence.ts'

/** `[1]`, or `[1, 2]`; repeats are bounded, so no text takes more than one look at each character. */
const MARKER = String.raw`\[\d{1,2}(?:\s{0,2},\s{0,2}\d{1,2}){0,9}\]`
/** A run of markers as models write them: `[1][2]`. */
const MARKERS = new RegExp(`${MARKER}(?:\\s{0,2}${MARKER})*`, 'g')

/**
 * The citations of an answer: for every marker the sentence of its passage that says most of what stands before it.
 * The quote is always cut from the document, so it can be checked letter by letter; markers of no passage give none.
 */
export function cite(answer: string, passages: readonly Passage[]): Citation[] {
  const citations: Citation[] = []
  const quoters = passages.map((passage) => new Quoter(passage))
  let from = 0
  for (const match of answer.matchAll(MARKERS)) {
    if (citations.length >= MAX_CITATIONS) break
    const claim = answer.slice(from, match.index).trim().slice(-MAX_CLAIM)
    from = match.index + match[0].length
    const numbers = new Set(Array.from(match[0].slice(0, MAX_CLAIM).matchAll(/\d+/g), ([digits]) => Number(digits)))
    for (const n of numbers) {
      const quote = quoters[n - 1]?.quote(claim)
      const passage = passages[n - 1]
      if (!quote || !passage) continue
      const isKnown = citations.some((known) => known.n === n && known.quote === quote.text)
      if (!isKnown) citations.push(toCitation(n, passage, quote))
    }
  }
  return fitLine(citations)
}

/** An answer has a handful; what a model that went astray writes is cut. */
const MAX_CITATIONS = 40
/** What stands before a marker and may be what it supports, in UTF-16 units. */
const MAX_CLAIM = 2_000

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

/** Finds quotes in one passage, whose sentences are analysed once. */
class Quoter {
  private readonly text: string
  private analysed: (Quote & { terms: Set<string> })[] | undefined

  constructor(passage: Passage) {
    this.text = passage.text
  }

  quote(claim: string): Quote | undefined {
    const verbatim = claim === '' ? -1 : this.text.indexOf(claim)
    const found = verbatim >= 0 ? { text: claim, start: verbatim } : this.closest(claim)
    return found && { text: beginning(found.text), start: found.start }
  }

  private closest(claim: string): Quote | undefined {
    const wanted = contentTerms(sentences(claim).at(-1)?.text ?? claim)
    this.analysed ??= sentences(this.text).map(({ text, start }) => ({
      text,
      start,
      terms: new Set(contentTerms(text)),
    }))
    let best: Quote | undefined
    let most = -1
    for (const sentence of this.analysed) {
      const shared = wanted.filter((term) => sentence.terms.has(term)).length
      if (shared > most) {
        most = shared
        best = sentence
      }
    }
    return best
  }
}

/** A long sentence is quoted by its beginning; never half a surrogate pair. */
function beginning(text: string): string {
  if (text.length <= MAX_QUOTE) return text
  const last = text.charCodeAt(MAX_QUOTE - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_QUOTE - 1 : MAX_QUOTE)
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
