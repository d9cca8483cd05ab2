import { fuseHybrid } from './fuse.ts'
import type { HashedChunk } from './hashed-chunks.ts'
import type { Scored } from './rescore.ts'

export interface Ranked extends Scored {
  /** What the order goes by: the score where words alone were searched, else that of the fusion. `score` is of words. */
  value: number
}

/** Chunks found by words and chunks found by meaning in one order; both come best first. */
export function rankHybrid(lexical: readonly Scored[], dense: readonly HashedChunk[]): Ranked[] {
  if (dense.length === 0) return lexical.map((scored) => ({ ...scored, value: scored.score }))
  const found = new Map([
    ...dense.map((chunk) => [chunk.id, { chunk, score: 0 }] as const),
    ...lexical.map((scored) => [scored.chunk.id, scored] as const),
  ])
  const fused = fuseHybrid(
    dense.map(({ id }) => id),
    lexical.map(({ chunk }) => chunk.id),
  )
  return fused.flatMap(({ id, score: value }) => {
    const scored = found.get(id)
    return scored === undefined ? [] : [{ ...scored, value }]
  })
}
