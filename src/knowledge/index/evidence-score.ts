import { hashTerm } from '../../lib/analyse.ts'
import { SATURATION } from './counter.ts'
import { rarity } from './frequencies.ts'
import type { HashedChunk } from './hashed-chunks.ts'
import type { Query } from './query.ts'
import { synonymsOf } from './synonyms.ts'

/** How many of the best chunks are asked whether they answer the latest turn. */
export const JUDGED = 5
/** Earlier turns help to find, but hardly to judge: they would vouch for any change of subject. */
const EARLIER = 0.1
/** In small indexes nearly every word is unknown and scores are low; from about 400 chunks on they are even. */
const EVEN_FROM = 6
const LEAST_EXPONENT = 0.35

/** What a chunk's shared words bring or cost: nothing for two, -.09 for one alone, +.15 for five. */
const SHARED = 0.15
const USUALLY_SHARED = 2

/** What can be scored: for all texts of the question, and for its latest turn alone. */
export interface Possible {
  all: number
  latest: number
}

/** What one chunk scored of it. */
export interface Judged extends Possible {
  /** How many words of the latest turn it says, see `wordsShared`. */
  shared: number
}

/**
 * Whether a chunk answers at all, 0 to 1: how rare what it matched is (against the rarest possible term), which share
 * of the question it matched, and in how many words. Words the index has never seen weigh most, so strange questions
 * score low; one shared word is a coincidence more often than two.
 */
export function evidenceScore(found: readonly Judged[], possible: Possible, chunks: number): number {
  const mixed = ({ all, latest }: Possible): number => latest + EARLIER * Math.max(0, all - latest)
  const whole = SATURATION * mixed(possible)
  const exponent = Math.min(1, Math.max(LEAST_EXPONENT, Math.log(1 + chunks) / EVEN_FROM))
  let best = 0
  for (const judged of found) {
    const matched = mixed(judged)
    if (whole <= 0 || matched <= 0) continue
    const score = Math.min(1, Math.sqrt((matched / rarity(chunks, 0)) * (matched / whole))) ** exponent
    best = Math.max(best, score + SHARED * Math.log2((1 + judged.shared) / (1 + USUALLY_SHARED)))
  }
  return Math.min(1, best)
}

/** How many words of a question a chunk says, or one that means the same. Scripts without spaces cannot be counted. */
export function wordsShared(question: Query, chunk: Pick<HashedChunk, 'title' | 'body'>): number {
  const terms = [...question.terms.values()]
  if (terms.some(({ word }) => word === '')) return USUALLY_SHARED
  const here = new Set([...chunk.title, ...chunk.body])
  const isSaid = (term: string): boolean => here.has(hashTerm(term))
  return terms.filter(({ term }) => isSaid(term) || synonymsOf(term).some(isSaid)).length
}
