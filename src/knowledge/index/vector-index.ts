export interface VectorEntry {
  /** `chunks.id`. */
  chunkId: number
  /** `documents.rowid`, by which vectors are removed. */
  document: number
  /** Of length 1, with as many dimensions as the index has. */
  values: Float32Array
}

export interface VectorMatch {
  chunkId: number
  /** Cosine similarity, -1 to 1. */
  score: number
}

/**
 * Port to the vectors of one agent. It lives in the agent's Durable Object, and what it has promised is in that
 * object's SQLite: `remove`, `removeChunks` and `clear` are synchronous, so that they share the caller's transaction, and from then on
 * no query answers with what was removed. `upsert` is all or nothing; a query may miss it until `sync` says true.
 */
export interface VectorIndex {
  /** As many vectors as one batch of an embedder; a chunk that is known gets the new vector. */
  upsert(entries: readonly VectorEntry[]): Promise<void>
  /** Forgets all vectors of a document. */
  remove(document: number): void
  removeChunks(chunkIds: readonly number[]): void
  /** Forgets everything, for instance because another model embeds from now on. */
  clear(): void
  /** The nearest chunks, best first: at most `topK`, and never more than 100. */
  query(vector: Float32Array, topK: number): Promise<VectorMatch[]>
  /** Vectors stored and not removed. */
  count(): number
  /** Does the work owed to a remote service. True when nothing is owed and everything stored can be found. */
  sync(): Promise<boolean>
}

/** No more are ever asked for: Vectorize answers no more, and fusion looks at no more. */
export const MOST_MATCHES = 100

/** Throws for vectors that are not of this index: a bug, never a caller's fault. */
export function checkVector(values: Float32Array, dimensions: number): void {
  if (values.length !== dimensions) throw new RangeError(`a vector of ${values.length} dimensions, not ${dimensions}`)
  for (const value of values)
    if (!Number.isFinite(value)) throw new RangeError('a vector with a value that is no number')
}
