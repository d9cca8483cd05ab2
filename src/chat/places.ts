import { areAlike, gramsOf } from '../lib/word-forms.ts'
import type { CitedPassage, PassageSentence } from './cited-passage.ts'

/** Sentences that follow each other and may support a claim together. */
const LONGEST = 3
/** Which part of a claim's terms, by weight, a place must say. */
const LEAST_SHARE = 0.5
/** Places that say nearly as much as the best one count too. */
const NEARLY = 0.85
/** A term that only the title or a heading says, and one that is said in what may be another form. */
const CONTEXT = 0.5
const ALIKE = 0.7

/** Sentences of a passage that follow each other. */
export type Place = readonly PassageSentence[]

/** A term of a claim; `word` is empty where forms are not compared. */
export type WantedTerm = { term: string; word: string; weight: number }

/**
 * The places of a passage that say enough of what is wanted, the best first. None holds a sentence that adds nothing:
 * a number next to what the claim is about is not yet a number that is told of it.
 */
export function placesIn(wanted: readonly WantedTerm[], passage: CitedPassage): Place[] {
  const found = placesWithShares(wanted, passage)
  const best = Math.max(0, ...found.map(({ share }) => share))
  return found.filter(({ share }) => share >= Math.max(LEAST_SHARE, NEARLY * best)).map(({ place }) => place)
}

/** The best places of several passages as one: for a claim that takes something from each. */
export function placeAcross(wanted: readonly WantedTerm[], passages: readonly CitedPassage[]): Place[] {
  const best = passages.flatMap((passage) => placesWithShares(wanted, passage).slice(0, 1))
  const said = wanted.map((_, at) => Math.max(0, ...best.map((found) => found.said[at] ?? 0)))
  return shareOf(said, wanted) >= LEAST_SHARE ? [best.flatMap(({ place }) => place)] : []
}

/** `said`: how far each wanted term is said, 0 to 1. */
type Found = { place: Place; said: number[]; share: number }

function placesWithShares(wanted: readonly WantedTerm[], passage: CitedPassage): Found[] {
  const { sentences, context } = passage
  const grams = wanted.map(({ word }) => gramsOf(word))
  const saidBy = sentences.map((sentence) =>
    wanted.map(({ term }, at) => {
      if (sentence.terms.has(term)) return 1
      return sentence.grams.some((other) => areAlike(grams[at] ?? other, other)) ? ALIKE : 0
    }),
  )
  const found: Found[] = []
  let shorter: number[] = []
  for (let size = 1; size <= Math.min(LONGEST, sentences.length); size++) {
    const totals: number[] = []
    for (let at = 0; at + size <= sentences.length; at++) {
      const rows = saidBy.slice(at, at + size)
      const said = wanted.map((_, column) => Math.max(...rows.map((row) => row[column] ?? 0)))
      const total = said.reduce((a, b) => a + b, 0)
      totals.push(total)
      if (total <= Math.max(0, shorter[at] ?? 0, shorter[at + 1] ?? 0)) continue
      const withContext = wanted.map(({ term }, column) => Math.max(said[column] ?? 0, context.has(term) ? CONTEXT : 0))
      found.push({ place: sentences.slice(at, at + size), said, share: shareOf(withContext, wanted) })
    }
    shorter = totals
  }
  return found.toSorted((a, b) => b.share - a.share)
}

function shareOf(said: readonly number[], wanted: readonly WantedTerm[]): number {
  let [part, whole] = [0, 0]
  for (const [at, { weight }] of wanted.entries()) {
    part += weight * (said[at] ?? 0)
    whole += weight
  }
  return whole === 0 ? 0 : part / whole
}
