import type { Sql, SqlStore } from '../../lib/migrate.ts'
import { dotInt8, fromInt8, hamming, Rotation, toInt8, wordsOf, writeSigns } from './quantise.ts'
import { BLOCK, VectorBlocks } from './vector-blocks.ts'
import { checkVector, MOST_MATCHES, type VectorEntry, type VectorIndex, type VectorMatch } from './vector-index.ts'

/** How many of the nearest by bits are ranked by bytes: recall .995 of the best ten on 30,000 real chunks. */
const CANDIDATES = 200

/**
 * With how many vectors their centre is learned: below, nearly all are candidates; above, it hardly moves any more, and
 * making all bits anew would take too long.
 */
const LEARNED_AT = [256, 2_048]

const CHUNK_IN = 'chunk in (select value from json_each(?))'

type Row = { chunk: number; scale: number; bytes: ArrayBuffer }

/**
 * Vectors inside the Durable Object: a bit a dimension in memory finds candidates, a byte a dimension from SQLite ranks
 * them. 100,000 vectors of 1,536 dimensions take 20 MB of memory; above that, blocks of bits are read for each query.
 */
export class EmbeddedVectors implements VectorIndex {
  readonly #storage: SqlStore
  readonly #sql: Sql
  readonly #dimensions: number
  readonly #words: number
  readonly #rotation: Rotation
  readonly #blocks: VectorBlocks

  /** The tables are those of `VECTOR_SCHEMA`. All vectors in them must have these dimensions. */
  constructor(storage: SqlStore, dimensions: number, options: { keptBytes?: number } = {}) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#dimensions = dimensions
    this.#words = wordsOf(dimensions)
    this.#rotation = new Rotation(dimensions)
    this.#blocks = new VectorBlocks(storage.sql, this.#words, options.keptBytes)
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    for (const { values } of entries) checkVector(values, this.#dimensions)
    // Of two vectors for one chunk the later one counts.
    const fresh = [...new Map(entries.map((entry) => [entry.chunkId, entry])).values()]
    this.#storage.transactionSync(() => {
      this.#drop(CHUNK_IN, JSON.stringify(fresh.map(({ chunkId }) => chunkId)))
      const centre = this.#centre()
      this.#blocks.take(fresh.length, (block, offset, at) => {
        const { chunkId, document, values } = fresh[at] as VectorEntry
        const rotated = this.#rotation.apply(values)
        block.chunks[offset] = chunkId
        writeSigns(rotated, centre, block.bits, offset * this.#words)
        const { bytes, scale } = toInt8(rotated)
        const query = 'insert into vectors (chunk, document, slot, scale, bytes) values (?, ?, ?, ?, ?)'
        this.#sql.exec(query, chunkId, document, block.id * BLOCK + offset, scale, bytes.buffer)
      })
      this.#learn()
    })
  }

  remove(document: number): void {
    this.#storage.transactionSync(() => this.#drop('document = ?', document))
  }

  removeChunks(chunkIds: readonly number[]): void {
    if (chunkIds.length > 0) this.#storage.transactionSync(() => this.#drop(CHUNK_IN, JSON.stringify(chunkIds)))
  }

  clear(): void {
    this.#sql.exec('delete from vectors')
    this.#sql.exec('delete from vector_blocks')
    this.#sql.exec('delete from vector_centre')
    this.#blocks.forget()
  }

  async query(vector: Float32Array, topK: number): Promise<VectorMatch[]> {
    checkVector(vector, this.#dimensions)
    const rotated = this.#rotation.apply(vector)
    const near = this.#nearest(rotated, Math.max(CANDIDATES, 2 * topK))
    const query = 'select chunk, scale, bytes from vectors where chunk in (select value from json_each(?))'
    return this.#sql
      .exec<Row>(query, JSON.stringify(near))
      .toArray()
      .map(({ chunk, scale, bytes }) => ({
        chunkId: chunk,
        score: Math.min(1, dotInt8(rotated, { bytes: new Int8Array(bytes), scale })),
      }))
      .toSorted((a, b) => b.score - a.score || a.chunkId - b.chunkId)
      .slice(0, Math.min(topK, MOST_MATCHES))
  }

  count(): number {
    return this.#sql.exec<{ count: number }>('select count(*) as count from vectors').toArray()[0]?.count ?? 0
  }

  async sync(): Promise<boolean> {
    return true
  }

  #drop(which: string, value: string | number): void {
    const rows = this.#sql.exec<{ slot: number }>(`delete from vectors where ${which} returning slot`, value).toArray()
    this.#blocks.free(rows.map(({ slot }) => slot))
  }

  #centre(): Float32Array {
    const row = this.#sql.exec<{ centre: ArrayBuffer }>('select centre from vector_centre').toArray()[0]
    return row === undefined ? new Float32Array(this.#dimensions) : new Float32Array(row.centre)
  }

  /** The mean of all vectors becomes the centre when there are enough of them, and the bits are made anew. */
  #learn(): void {
    const learned = this.#sql.exec<{ learned: number }>('select learned from vector_centre').toArray()[0]?.learned ?? 0
    const next = LEARNED_AT.find((least) => least > learned)
    if (next === undefined || this.count() < next) return
    const rows = this.#sql.exec<Row & { slot: number }>('select chunk, slot, scale, bytes from vectors').toArray()
    const vectors = rows.map(({ scale, bytes }) => fromInt8({ bytes: new Int8Array(bytes), scale }))
    const centre = new Float32Array(this.#dimensions)
    for (const values of vectors)
      for (let at = 0; at < centre.length; at++)
        centre[at] = (centre[at] as number) + (values[at] as number) / vectors.length
    this.#sql.exec('insert or replace into vector_centre values (1, ?, ?)', next, centre.buffer)
    const slots = rows.map(({ slot }) => slot)
    this.#blocks.refill(slots, (block, offset, at) =>
      writeSigns(vectors[at] as Float32Array, centre, block.bits, offset * this.#words),
    )
  }

  /** The chunks whose bits differ least, by counting how many there are at each distance. */
  #nearest(vector: Float32Array, wanted: number): number[] {
    const words = this.#words
    const bits = new Uint32Array(words)
    writeSigns(vector, this.#centre(), bits, 0)
    const counts = new Uint32Array(words * 32 + 1)
    const found: { chunks: Float64Array; distances: Uint16Array }[] = []
    for (const block of this.#blocks.all()) {
      const distances = new Uint16Array(BLOCK)
      for (let offset = 0; offset < BLOCK; offset++) {
        if (block.chunks[offset] === 0) continue
        const distance = hamming(bits, block.bits, offset * words, words)
        distances[offset] = distance
        counts[distance] = (counts[distance] as number) + 1
      }
      found.push({ chunks: block.chunks, distances })
    }
    let farthest = 0
    for (let seen = counts[0] as number; seen < wanted && farthest < words * 32;) seen += counts[++farthest] as number
    const near: number[] = []
    const last: number[] = []
    for (const { chunks, distances } of found) {
      for (let offset = 0; offset < BLOCK; offset++) {
        const chunk = chunks[offset] as number
        const distance = distances[offset] as number
        if (chunk !== 0 && distance <= farthest) (distance < farthest ? near : last).push(chunk)
      }
    }
    return [...near, ...last].slice(0, wanted)
  }
}
