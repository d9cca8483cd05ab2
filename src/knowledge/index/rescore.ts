import type { HashedChunk } from './hashed-chunks.ts'
import { Counter, TITLE, type ScoringPair, type ScoringTerm } from './counter.ts'

const B = 0.75

export interface Averages {
  title: number
  body: number
}

export interface Scored {
  chunk: HashedChunk
  score: number
}

/** How many are kept, best first. */
const KEPT = 200

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
  let found: Scored[] = []
  let least = 0
  for (const chunk of chunks) {
    if (!counter.read(chunk)) continue
    const length = chunk.body.length + TITLE * chunk.title.length
    const score = counter.score(1 - B + (B * length) / average)
    if (score <= least) continue
    found.push({ chunk, score })
    if (found.length < 2 * KEPT) continue
    found = best(found)
    least = found.at(-1)?.score ?? 0
  }
  return best(found)
}

/** What scores the same stands as in the documents: ids tell nothing, as a changed chunk gets a new one. */
function best(found: Scored[]): Scored[] {
  return found
    .toSorted((a, b) => b.score - a.score || a.chunk.document - b.chunk.document || a.chunk.ordinal - b.chunk.ordinal)
    .slice(0, KEPT)
}
