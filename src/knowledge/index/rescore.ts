import { BREAK, type HashedChunk } from './hashed-chunks.ts'
import { TermTable } from './term-table.ts'

const K1 = 2
const B = 0.75
const TITLE = 3
/** Bonus for two terms next to each other in question and chunk; a share of it when swapped or one term apart. */
const PAIR = 0.5
const LOOSE_PAIR = 0.5
/** Bonus for the share of a title or heading that the question says: help pages are named after the question. */
const NAMED = 1

export interface ScoringTerm {
  hash: number
  /** Rarity in the index times the weight of the text it came from. */
  weight: number
}

export interface ScoringPair {
  /** Indexes into the list of terms. */
  first: number
  second: number
  weight: number
}

export interface Averages {
  title: number
  body: number
}

export interface Scored {
  chunk: HashedChunk
  score: number
}

/** The most one term of weight 1 can bring by standing in a text: BM25's saturation. */
export const SATURATION = K1 + 1

/**
 * BM25F with bonuses for pairs and for titles, best first; chunks without any term are left out. FTS5 fixes k1 at
 * 1.2 and knows neither weights nor pairs, so it only proposes candidates.
 */
export function rescore(
  chunks: Iterable<HashedChunk>,
  terms: readonly ScoringTerm[],
  pairs: readonly ScoringPair[],
  averages: Averages,
): Scored[] {
  const counter = new Counter(terms, pairs)
  const average = Math.max(1, averages.body + TITLE * averages.title)
  const found: Scored[] = []
  for (const chunk of chunks) {
    if (!counter.read(chunk)) continue
    const length = chunk.body.length + TITLE * chunk.title.length
    const norm = K1 * (1 - B + (B * length) / average)
    let score = NAMED * counter.named
    for (let at = 0; at < terms.length; at++) {
      const frequency = counter.terms[at] ?? 0
      if (frequency > 0) score += ((terms[at]?.weight ?? 0) * frequency * SATURATION) / (frequency + norm)
    }
    for (let at = 0; at < pairs.length; at++) {
      const frequency = counter.pairs[at] ?? 0
      if (frequency > 0) score += (PAIR * (pairs[at]?.weight ?? 0) * frequency * SATURATION) / (frequency + norm)
    }
    found.push({ chunk, score })
  }
  return found.sort((a, b) => b.score - a.score || a.chunk.id - b.chunk.id)
}

/** Counts the question's terms and pairs in one chunk after the other. */
class Counter {
  readonly terms: Float64Array
  readonly pairs: Float64Array
  /** Best over title and headings: weight of the terms named there times the share of it they make up. */
  named = 0
  readonly #weights: Float64Array
  readonly #table: TermTable
  readonly #pairAt = new Map<number, number>()

  constructor(terms: readonly ScoringTerm[], pairs: readonly ScoringPair[]) {
    this.terms = new Float64Array(terms.length)
    this.pairs = new Float64Array(pairs.length)
    this.#weights = Float64Array.from(terms, (term) => term.weight)
    this.#table = new TermTable(terms)
    for (const [at, { first, second }] of pairs.entries()) this.#pairAt.set(first * terms.length + second, at)
  }

  /** False when the chunk has none of the terms. */
  read(chunk: HashedChunk): boolean {
    this.terms.fill(0)
    this.pairs.fill(0)
    this.named = 0
    const title = this.#count(chunk.title, TITLE)
    const body = this.#count(chunk.body, 1)
    if (title) this.#name(chunk.title)
    return title || body
  }

  #count(hashes: Int32Array, each: number): boolean {
    let any = false
    let previous = -1
    let before = -1
    for (let at = 0; at < hashes.length; at++) {
      const term = this.#table.find(hashes[at] as number)
      if (term >= 0) {
        any = true
        this.terms[term] = (this.terms[term] as number) + each
        if (previous >= 0) {
          this.#pair(previous, term, 1)
          this.#pair(term, previous, LOOSE_PAIR)
        }
        if (before >= 0) this.#pair(before, term, LOOSE_PAIR)
      }
      before = previous
      previous = term
    }
    return any
  }

  #pair(first: number, second: number, each: number): void {
    const at = this.#pairAt.get(first * this.terms.length + second)
    if (at !== undefined) this.pairs[at] = (this.pairs[at] as number) + each
  }

  #name(title: Int32Array): void {
    let length = 0
    let said = 0
    let weight = 0
    for (let at = 0; at <= title.length; at++) {
      const hash = title[at] ?? BREAK
      if (hash === BREAK) {
        if (said > 0) this.named = Math.max(this.named, (weight * said) / length)
        length = said = weight = 0
        continue
      }
      length++
      const term = this.#table.find(hash)
      if (term < 0) continue
      said++
      weight += this.#weights[term] as number
    }
  }
}
