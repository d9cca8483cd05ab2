import { hashTerm } from '../../lib/analyse.ts'
import { type Frequencies, rarity } from './frequencies.ts'
import type { Query } from './query.ts'
import type { ScoringPair } from './counter.ts'
import { synonymsOf } from './synonyms.ts'

/** Terms kept of a long conversation, by weight. */
const MOST_TERMS = 64
/** What a synonym counts, when the index knows the word itself and when it does not. */
const SYNONYM = 0.2
const STAND_IN = 0.7

export interface WeighedTerm {
  term: string
  hash: number
  weight: number
  synonym: boolean
}

export interface WeighedQuery {
  terms: WeighedTerm[]
  pairs: ScoringPair[]
  /** How many different terms the question has. */
  asked: number
  /** Weight of all terms of the question, those unknown to the index included, synonyms not. */
  whole: number
}

/** Weighs a query's terms and pairs by their rarity in the index; the rarest terms come first, synonyms last. */
export function weigh(query: Query, frequencies: Frequencies, chunks: number): WeighedQuery {
  const rare = (term: string): number => rarity(chunks, frequencies.of(term))
  const asked = [...query.terms.values()]
    .map(({ term, weight }) => ({ term, hash: hashTerm(term), weight: weight * rare(term), synonym: false }))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST_TERMS)
  const terms = [...asked, ...synonyms(query, asked, frequencies, rare)]
  const place = new Map(terms.map(({ term }, at) => [term, at]))
  const pairs = [...query.pairs.values()].flatMap(({ first, second, weight }) => {
    const [a, b] = [place.get(first), place.get(second)]
    return a === undefined || b === undefined
      ? []
      : [{ first: a, second: b, weight: (weight * (rare(first) + rare(second))) / 2 }]
  })
  const whole = asked.reduce((sum, { weight }) => sum + weight, 0)
  return { terms, pairs, asked: query.terms.size, whole }
}

/** What the question may have meant by other words, at a fraction of the weight. */
function synonyms(
  query: Query,
  asked: readonly WeighedTerm[],
  frequencies: Frequencies,
  rare: (term: string) => number,
): WeighedTerm[] {
  frequencies.load(asked.flatMap(({ term }) => synonymsOf(term)))
  const best = new Map<string, number>()
  for (const { term, weight } of asked) {
    for (const other of synonymsOf(term)) {
      if (frequencies.of(other) === 0 || query.terms.has(other)) continue
      const share = Math.min(1, rare(other) / rare(term)) * (frequencies.of(term) > 0 ? SYNONYM : STAND_IN)
      best.set(other, Math.max(best.get(other) ?? 0, weight * share))
    }
  }
  return [...best].map(([term, weight]) => ({ term, hash: hashTerm(term), weight, synonym: true }))
}
