import { rarity } from './frequencies.ts'
import { SATURATION } from './counter.ts'

/** How many of the best chunks are asked whether they answer the latest turn. */
export const JUDGED = 5
/** Earlier turns help to find, but hardly to judge: they would vouch for any change of subject. */
const EARLIER = 0.1
/** In small indexes nearly every word is unknown and scores are low; from about 400 chunks on they are even. */
const EVEN_FROM = 6
const LEAST_EXPONENT = 0.35

/** What one chunk scored and could have scored: for all texts of the question, and for its latest turn alone. */
export interface Judged {
  all: number
  latest: number
}

/**
 * Whether a chunk answers at all, 0 to 1: how rare what it matched is (against the rarest possible term), and which
 * share of the question it matched. Words the index has never seen weigh most, so strange questions score low.
 */
export function evidenceScore(found: readonly Judged[], possible: Judged, chunks: number): number {
  const mixed = ({ all, latest }: Judged): number => latest + EARLIER * Math.max(0, all - latest)
  const whole = SATURATION * mixed(possible)
  if (whole <= 0) return 0
  const best = Math.max(0, ...found.map(mixed))
  const score = Math.min(1, Math.sqrt((best / rarity(chunks, 0)) * (best / whole)))
  return score ** Math.min(1, Math.max(LEAST_EXPONENT, Math.log(1 + chunks) / EVEN_FROM))
}
