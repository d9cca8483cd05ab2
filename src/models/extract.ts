import { contentTerms, termOf, analyseContent } from '../lib/analyse.ts'
import { sentences as cut, type Sentence } from '../lib/sentences.ts'
import type { Evidence, Passage, QueryText } from './evidence.ts'

/** Below this evidence score the question is not answered: about 5 % of answerable questions fall under it. */
export const ABSTAIN_BELOW = 0.6
const SHOWN = 3
const PAIRS = 0.3
const NEIGHBOURS = 0.1
const DOCUMENT = 0.5

export interface ExtractedSentence {
  /** Index into the evidence's passages. */
  passage: number
  text: string
  /** Offsets into the document's content, in UTF-16 units. */
  start: number
  end: number
  score: number
}

interface Candidate extends ExtractedSentence {
  kind: Sentence['kind']
}

/** The sentences of the evidence that answer the question best, verbatim; none when the evidence is too thin. */
export function extractAnswer(
  question: { texts: readonly QueryText[] }, evidence: Pick<Evidence, 'passages' | 'terms' | 'score' | 'repaired'>,
): { sentences: ExtractedSentence[] } {
  if (evidence.score < ABSTAIN_BELOW) return { sentences: [] }
  const best = rankSentences(question, evidence).slice(0, SHOWN)
  const chosen = best.map(({ passage, text, start, end, score }) => ({ passage, text, start, end, score }))
  return { sentences: chosen.sort((a, b) => a.passage - b.passage || a.start - b.start) }
}

/** All sentences of the evidence, best first. */
export function rankSentences(
  question: { texts: readonly QueryText[] }, evidence: Pick<Evidence, 'passages' | 'terms' | 'repaired'>,
): Candidate[] {
  const weights = new Map(Object.entries(evidence.terms))
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  if (whole === 0) return []
  const pairs = pairsOf(question.texts, evidence.repaired ?? {})
  const top = Math.max(...evidence.passages.map((passage) => passage.score), Number.MIN_VALUE)
  const seen = new Set<string>()
  const found: Candidate[] = []
  for (const [at, passage] of evidence.passages.entries()) {
    const context = shareOf(new Set(contentTerms([passage.title, ...passage.headings].join('\n'))), weights, whole)
    void context
    const pieces = cut(passage.text).map((sentence) => ({ sentence, terms: contentTerms(sentence.text) }))
    const shares = pieces.map(({ terms }) => shareOf(new Set(terms), weights, whole))
    for (const [place, { sentence, terms }] of pieces.entries()) {
      const start = passage.start + sentence.start
      const key = `${passage.documentId} ${start}`
      if (seen.has(key)) continue
      seen.add(key)
      const near = Math.max(shares[place - 1] ?? 0, shares[place + 1] ?? 0)
      const score = (shares[place] ?? 0) + PAIRS * pairShare(terms, pairs) + NEIGHBOURS * near + DOCUMENT * (passage.score / top)
      found.push({ passage: at, text: sentence.text, start, end: passage.start + sentence.end, score, kind: sentence.kind })
    }
  }
  return found.sort((a, b) => b.score - a.score)
}

function shareOf(here: ReadonlySet<string>, weights: ReadonlyMap<string, number>, whole: number): number {
  let sum = 0
  for (const term of here) sum += weights.get(term) ?? 0
  return sum / whole
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

function pairShare(terms: readonly string[], pairs: ReadonlySet<string>): number {
  if (pairs.size === 0) return 0
  const here = new Set<string>()
  for (let at = 1; at < terms.length; at++) {
    const pair = `${terms[at - 1]} ${terms[at]}`
    if (pairs.has(pair)) here.add(pair)
  }
  return here.size / pairs.size
}
export type { Passage }
