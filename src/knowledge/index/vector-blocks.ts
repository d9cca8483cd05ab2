import type { Sql } from '../../lib/migrate.ts'

/** Vectors in one value of SQLite: 48 KB of bits with 1,536 dimensions. */
export const BLOCK = 256
/** Bits kept in memory at most, the 100,000 vectors of 1,536 dimensions; an isolate has 128 MB for all its objects. */
const KEPT_BYTES = 20 * 1024 * 1024

export interface Block {
  id: number
  /** By slot; 0 where the slot is free. */
  chunks: Float64Array<ArrayBuffer>
  bits: Uint32Array<ArrayBuffer>
}

type Row = { block: number; chunks: ArrayBuffer; bits: ArrayBuffer }

/**
 * The bits of all vectors, in blocks. SQLite has the truth: a block is kept when a query has read it and forgotten when
 * it is written, so that neither an eviction nor a transaction that was rolled back leaves anything wrong.
 */
export class VectorBlocks {
  readonly #sql: Sql
  readonly #words: number
  readonly #kept = new Map<number, Block>()
  readonly #most: number
  #ids: number[] | undefined

  constructor(sql: Sql, words: number, keptBytes = KEPT_BYTES) {
    this.#sql = sql
    this.#words = words
    this.#most = Math.floor(keptBytes / (BLOCK * (words * 4 + 8)))
  }

  forget(): void {
    this.#kept.clear()
    this.#ids = undefined
  }

  *all(): Generator<Block> {
    this.#ids ??= this.#sql
      .exec<{ block: number }>('select block from vector_blocks order by block')
      .toArray()
      .map((row) => row.block)
    for (const id of this.#ids) {
      const block = this.#kept.get(id) ?? this.#read(id)
      if (block === undefined) continue
      if (this.#kept.size < this.#most) this.#kept.set(id, block)
      yield block
    }
  }

  /** Fills `count` free slots, the oldest blocks first, and calls `fill` for each. */
  take(count: number, fill: (block: Block, offset: number, at: number) => void): void {
    const query = 'select block from vector_blocks where free > 0 order by block'
    const open = this.#sql.exec<{ block: number }>(query).toArray()
    let at = 0
    for (const { block: id } of open) {
      if (at >= count) return
      const block = this.#read(id)
      if (block === undefined) continue
      for (let offset = 0; offset < BLOCK && at < count; offset++)
        if (block.chunks[offset] === 0) fill(block, offset, at++)
      this.#write(block)
    }
    while (at < count) {
      const last = this.#sql.exec<{ last: number | null }>('select max(block) as last from vector_blocks').toArray()[0]
      const block = this.#empty((last?.last ?? -1) + 1)
      for (let offset = 0; offset < BLOCK && at < count; offset++) fill(block, offset, at++)
      this.#write(block)
    }
  }

  /** Calls `fill` for slots that are in use already. */
  refill(slots: readonly number[], fill: (block: Block, offset: number, at: number) => void): void {
    for (const [id, places] of Map.groupBy(slots.keys(), (at) => Math.floor((slots[at] as number) / BLOCK))) {
      const block = this.#read(id)
      if (block === undefined) continue
      for (const at of places) fill(block, (slots[at] as number) % BLOCK, at)
      this.#write(block)
    }
  }

  free(slots: readonly number[]): void {
    this.refill(slots, (block, offset) => void (block.chunks[offset] = 0))
  }

  #empty(id: number): Block {
    return { id, chunks: new Float64Array(BLOCK), bits: new Uint32Array(BLOCK * this.#words) }
  }

  #read(id: number): Block | undefined {
    const query = 'select block, chunks, bits from vector_blocks where block = ?'
    const row = this.#sql.exec<Row>(query, id).toArray()[0]
    if (row === undefined) return undefined
    return { id, chunks: new Float64Array(row.chunks), bits: new Uint32Array(row.bits) }
  }

  #write(block: Block): void {
    this.#kept.delete(block.id)
    this.#ids = undefined
    const free = block.chunks.reduce((count, chunk) => count + (chunk === 0 ? 1 : 0), 0)
    if (free === BLOCK) this.#sql.exec('delete from vector_blocks where block = ?', block.id)
    else {
      const query = 'insert or replace into vector_blocks (block, free, chunks, bits) values (?, ?, ?, ?)'
      this.#sql.exec(query, block.id, free, block.chunks.buffer, block.bits.buffer)
    }
  }
}
