import { contentTerms, termOf, analyseContent } from '../lib/analyse.ts'
import type { Evidence, QueryText } from './evidence.ts'
import { isContext, quotable } from './quotable.ts'
import { isSmallTalk } from './small-talk.ts'

/** Below this evidence score a question is not answered: 2 to 4 % of answerable ones fall under it, 9 of 10 others. */
export const ABSTAIN_BELOW = 0.57
const SHOWN = 3
/** Sentences far behind the best only blur the answer. */
const LEAST_SHARE = 0.6
const PAIRS = 0.2
const NEIGHBOURS = 0.2
const PASSAGE = 0.5
/** A term that only the headings or the question above a sentence say counts this much. */
const CONTEXT = 0.5
/** The first sentences of a document whose title says the question. */
const LEAD = 0.3
/** Table rows and code seldom make a sentence. */
const ODD = 0.3

type Basis = Pick<Evidence, 'passages' | 'terms' | 'repaired'>

export interface ExtractedSentence {
  /** Index into the evidence's passages. */
  passage: number
  /** Verbatim: the document's content from `start` to `end`, in UTF-16 units. */
  text: string
  start: number
  end: number
  score: number
}

/** The few sentences of the evidence that answer best, in reading order; none when the evidence is too thin. */
export function extractAnswer(
  question: { texts: readonly QueryText[] },
  evidence: Basis & Pick<Evidence, 'score'>,
): { sentences: ExtractedSentence[] } {
  const latest = question.texts.reduce((a, b) => (b.weight > a.weight ? b : a), { text: '', weight: 0 })
  if (evidence.score < ABSTAIN_BELOW || isSmallTalk(latest.text)) return { sentences: [] }
  const ranked = rankSentences(question, evidence)
  const least = LEAST_SHARE * (ranked[0]?.score ?? 0)
  const chosen = ranked.slice(0, SHOWN).filter(({ score }) => score >= least)
  const order = [...new Set(chosen.map(({ passage }) => evidence.passages[passage]?.documentId))]
  const rank = ({ passage }: ExtractedSentence): number => order.indexOf(evidence.passages[passage]?.documentId)
  return { sentences: chosen.toSorted((a, b) => rank(a) - rank(b) || a.start - b.start) }
}

/** Every sentence of the evidence that may answer, best first. */
export function rankSentences(question: { texts: readonly QueryText[] }, evidence: Basis): ExtractedSentence[] {
  const weights = new Map(Object.entries(evidence.terms))
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  if (whole === 0) return []
  const share = (terms: Iterable<string>): number => {
    let sum = 0
    for (const term of new Set(terms)) sum += weights.get(term) ?? 0
    return sum / whole
  }
  const pairs = pairsOf(question.texts, evidence.repaired ?? {})
  const top = Math.max(...evidence.passages.map(({ score }) => score), Number.MIN_VALUE)
  const seen = new Set<string>()
  const found: ExtractedSentence[] = []
  for (const [at, passage] of evidence.passages.entries()) {
    const above = contentTerms([passage.title, ...passage.headings].join('\n'))
    let asked: string[] = []
    const lead = passage.ordinal === 0 ? LEAD * share(contentTerms(passage.title)) : 0
    let said = 0
    const pieces = quotable(passage.text).map((piece) => ({ piece, terms: contentTerms(piece.text) }))
    const shares = pieces.map(({ terms }) => share(terms))
    for (const [place, { piece, terms }] of pieces.entries()) {
      const { text, start, end, kind } = piece
      if (isContext(piece)) {
        asked = terms
        continue
      }
      if (seen.has(text)) continue
      seen.add(text)
      const own = shares[place] ?? 0
      const near = Math.max(shares[place - 1] ?? 0, shares[place + 1] ?? 0)
      const context = share([...terms, ...above, ...asked]) - own
      if (own + context === 0) continue
      const score =
        own +
        CONTEXT * context +
        PAIRS * pairShare(terms, pairs) +
        NEIGHBOURS * near +
        lead / ++said +
        PASSAGE * (passage.score / top) -
        (kind === 'row' || kind === 'code' ? ODD : 0)
      found.push({ passage: at, text, start: passage.start + start, end: passage.start + end, score })
    }
  }
  return withoutOverlaps(found.toSorted((a, b) => b.score - a.score))
}

/** A list quoted with the sentence that announces it is not quoted again item by item, nor the other way round. */
function withoutOverlaps(ranked: readonly ExtractedSentence[]): ExtractedSentence[] {
  const kept: ExtractedSentence[] = []
  for (const one of ranked) {
    if (!kept.some((other) => other.passage === one.passage && other.start < one.end && one.start < other.end))
      kept.push(one)
  }
  return kept
}

function pairsOf(texts: readonly QueryText[], repaired: Record<string, string>): Set<string> {
  const pairs = new Set<string>()
  for (const { text } of texts) {
    const { terms, words } = analyseContent(text)
    const read = terms.map((term, at) => {
      const meant = repaired[words[at] ?? '']
      return meant === undefined ? term : termOf(meant)
    })
    for (let at = 1; at < read.length; at++) pairs.add(`${read[at - 1]} ${read[at]}`)
  }
  return pairs
}

/** Which part of the question's pairs stands in the sentence. */
function pairShare(terms: readonly string[], pairs: ReadonlySet<string>): number {
  if (pairs.size === 0) return 0
  const here = new Set<string>()
  for (let at = 1; at < terms.length; at++) {
    const pair = `${terms[at - 1]} ${terms[at]}`
    if (pairs.has(pair)) here.add(pair)
  }
  return here.size / pairs.size
}
