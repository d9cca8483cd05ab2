import type { Citation } from '../conversations/contract.ts'
import { contentTerms } from '../lib/analyse.ts'
import { utf8 } from '../lib/bytes.ts'
import { sha256Hex } from '../lib/crypto.ts'
import { sentences } from '../lib/sentences.ts'
import type { CitedPassage } from './cited-passage.ts'
import { markersIn } from './markers.ts'

/**
 * The citations of an answer: for every marker the sentence of its passage that says most of what stands before it.
 * The quote is always cut from the passage as it was retrieved and compared with it letter by letter; the hashes tell
 * which version that was. Markers of no passage give none.
 */
export async function cite(answer: string, passages: readonly CitedPassage[]): Promise<Citation[]> {
  const citations: Citation[] = []
  const hashes = new Map<CitedPassage, Promise<string>>()
  let from = 0
  for (const { start, end, numbers } of markersIn(answer)) {
    if (citations.length >= MAX_CITATIONS) break
    const claim = answer.slice(from, start).trim().slice(-MAX_CLAIM)
    from = end
    for (const n of numbers) {
      const cited = passages[n - 1]
      const quote = cited && quoteFor(claim, cited)
      if (!quote || citations.some((known) => known.n === n && known.quote === quote.text)) continue
      const hash = hashes.get(cited) ?? sha256Hex(cited.passage.text)
      hashes.set(cited, hash)
      citations.push(toCitation(n, cited, quote, await hash))
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
/** A word alone stands in many sentences; the sentence tells more. */
const LEAST_VERBATIM_TERMS = 2

type Quote = { text: string; start: number }

function quoteFor(said: string, cited: CitedPassage): Quote | undefined {
  // Half a surrogate pair would be found inside a letter.
  const claim = said.toWellFormed()
  const terms = contentTerms(sentences(claim).at(-1)?.text ?? claim)
  const verbatim = terms.length >= LEAST_VERBATIM_TERMS ? cited.passage.text.indexOf(claim) : -1
  const found = verbatim >= 0 ? { text: claim, start: verbatim } : closest(terms, cited)
  return found && { text: beginning(found.text), start: found.start }
}

function closest(wanted: readonly string[], { sentences: all }: CitedPassage): Quote | undefined {
  let best: Quote | undefined
  let most = -1
  for (const sentence of all) {
    const shared = wanted.filter((term) => sentence.terms.has(term)).length
    if (shared <= most) continue
    most = shared
    best = sentence
  }
  return best
}

/** A long sentence is quoted by its beginning; never half a surrogate pair. */
function beginning(text: string): string {
  if (text.length <= MAX_QUOTE) return text
  const last = text.charCodeAt(MAX_QUOTE - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? MAX_QUOTE - 1 : MAX_QUOTE)
}

function toCitation(n: number, { passage }: CitedPassage, { text, start: at }: Quote, hash: string): Citation {
  const start = passage.start + at
  return {
    n,
    sourceId: passage.documentId,
    title: passage.title,
    url: passage.url ?? null,
    quote: text,
    start,
    end: start + text.length,
    contentHash: passage.contentHash,
    chunk: { start: passage.start, end: passage.start + passage.text.length, hash },
    verified: passage.text.slice(at, at + text.length) === text,
    sourceState: 'current',
  }
}
