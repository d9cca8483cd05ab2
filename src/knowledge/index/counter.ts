import { BREAK, type HashedChunk } from './hashed-chunks.ts'
import { TermTable } from './term-table.ts'

const K1 = 2
/** How often a term in a title or heading counts. */
export const TITLE = 3
/** Bonus for two terms next to each other in question and chunk. */
const PAIR = 0.5
/** Bonus for the share of a title or heading that the question says: help pages are named after the question. */
const NAMED = 1
/** The most one term of weight 1 can bring by standing in a text: BM25's saturation. */
export const SATURATION = K1 + 1

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

/** Counts the question's terms and pairs in one chunk after the other and scores the chunk last read. */
export class Counter {
  readonly #weights: Float64Array
  readonly #counts: Float64Array
  readonly #table: TermTable
  /** Which pair two terms make: `first * terms + second`. Pairs are kept behind the terms, in the same arrays. */
  readonly #pairAt = new Map<number, number>()
  readonly #size: number
  #touched: number[] = []
  #named = 0

  constructor(terms: readonly ScoringTerm[], pairs: readonly ScoringPair[]) {
    this.#size = terms.length
    this.#weights = Float64Array.from([
      ...terms.map(({ weight }) => weight),
      ...pairs.map(({ weight }) => PAIR * weight),
    ])
    this.#counts = new Float64Array(this.#weights.length)
    this.#table = new TermTable(terms)
    for (const [at, { first, second }] of pairs.entries())
      this.#pairAt.set(first * this.#size + second, this.#size + at)
  }

  /** False when the chunk has none of the terms. */
  read(chunk: HashedChunk): boolean {
    for (const at of this.#touched) this.#counts[at] = 0
    this.#touched = []
    this.#named = 0
    this.#count(chunk.title, TITLE)
    if (this.#touched.length > 0) this.#name(chunk.title)
    this.#count(chunk.body, 1)
    return this.#touched.length > 0
  }

  /** BM25 with `length` relative to the average (1), weakened by b, plus the bonuses. */
  score(length: number): number {
    let score = NAMED * this.#named
    for (const at of this.#touched) {
      const count = this.#counts[at] as number
      score += ((this.#weights[at] as number) * count * SATURATION) / (count + K1 * length)
    }
    return score
  }

  #count(hashes: Int32Array, each: number): void {
    let previous = -1
    for (let at = 0; at < hashes.length; at++) {
      const term = this.#table.find(hashes[at] as number)
      if (term >= 0) {
        this.#add(term, each)
        if (previous >= 0) this.#addPair(previous, term)
      }
      previous = term
    }
  }

  #addPair(first: number, second: number): void {
    const at = this.#pairAt.get(first * this.#size + second)
    if (at !== undefined) this.#add(at, 1)
  }

  #add(at: number, each: number): void {
    if (this.#counts[at] === 0) this.#touched.push(at)
    this.#counts[at] = (this.#counts[at] as number) + each
  }

  #name(title: Int32Array): void {
    let length = 0
    let said = 0
    let weight = 0
    for (let at = 0; at <= title.length; at++) {
      const hash = title[at] ?? BREAK
      if (hash === BREAK) {
        if (said > 0) this.#named = Math.max(this.#named, (weight * said) / length)
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
