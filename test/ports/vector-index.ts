/** What every VectorIndex promises. */
import { expect, test } from 'vitest'
import type { SqlStore } from '../../src/lib/migrate.ts'
import type { VectorEntry, VectorIndex } from '../../src/knowledge/index/vector-index.ts'
import { dot, gauss, normalised, random } from '../support/random-vectors.ts'

export const DIMENSIONS = 96

export interface VectorFixture {
  index: VectorIndex
  storage: SqlStore
  /** The same index in an object that was evicted and came back. */
  reopen: () => VectorIndex
  /** Waits until everything is visible. */
  settle: () => Promise<void>
}

/** Runs a test's body with a new index, wherever that lives. */
export type WithIndex = (body: (fixture: VectorFixture) => Promise<void>) => Promise<void>

const next = random(7)
export const vector = () => normalised(Float32Array.from({ length: DIMENSIONS }, () => gauss(next)))
export const entry = (chunkId: number, document = 1, values = vector()): VectorEntry => ({ chunkId, document, values })
const chunksOf = async (index: VectorIndex, values: Float32Array, topK = 100) =>
  (await index.query(values, topK)).map(({ chunkId }) => chunkId)

export function vectorIndexContract(withIndex: WithIndex): void {
  test('an empty index answers nothing', () =>
    withIndex(async ({ index }) => {
      expect(await index.query(vector(), 10)).toEqual([])
      expect(index.count()).toBe(0)
      expect(await index.sync()).toBe(true)
    }))

  test('answers the nearest first, with their similarity, and never more than asked for or than 100', () =>
    withIndex(async ({ index, settle }) => {
      const entries = Array.from({ length: 150 }, (_, at) => entry(at + 1, 1 + (at % 7)))
      await index.upsert(entries)
      await settle()
      expect(index.count()).toBe(150)
      const question = vector()
      const exact = entries.map(({ chunkId, values }) => ({ chunkId, score: dot(values, question) }))
      const best = exact.toSorted((a, b) => b.score - a.score)
      const found = await index.query(question, 10)
      expect(found).toHaveLength(10)
      for (const [at, { score, chunkId }] of found.entries()) {
        expect(Math.abs(score - (best[at]?.score ?? 0))).toBeLessThan(0.01)
        expect(Math.abs(score - (exact[chunkId - 1]?.score ?? 0))).toBeLessThan(0.01)
        expect(score).toBeLessThanOrEqual(found[at - 1]?.score ?? 1)
      }
      expect(await index.query(question, 1)).toHaveLength(1)
      expect(await index.query(question, 1_000)).toHaveLength(100)
    }))

  test('a chunk has one vector: the newest, of one batch the last', () =>
    withIndex(async ({ index, settle }) => {
      const [first, second, third] = [vector(), vector(), vector()]
      await index.upsert([entry(1, 1, first), entry(2)])
      await index.upsert([entry(1, 1, second), entry(1, 1, third)])
      await settle()
      expect(index.count()).toBe(2)
      const [match] = await index.query(third, 1)
      expect(match).toMatchObject({ chunkId: 1, score: expect.closeTo(1, 2) })
      const old = (await index.query(first, 10)).find(({ chunkId }) => chunkId === 1)
      expect(old?.score).toBeLessThan(0.7)
    }))

  test('what was removed is not answered from that moment on, and only that', () =>
    withIndex(async ({ index, settle }) => {
      const kept = vector()
      await index.upsert([entry(1, 10), entry(2, 10), entry(3, 11, kept)])
      await settle()
      index.remove(10)
      index.remove(10)
      index.remove(99)
      expect(await chunksOf(index, kept)).toEqual([3])
      expect(index.count()).toBe(1)
      await settle()
      expect(await chunksOf(index, kept)).toEqual([3])
    }))

  test('of a document that changed, the chunks that are no more are forgotten, and others stay', () =>
    withIndex(async ({ index, settle, storage }) => {
      const kept = vector()
      await index.upsert([entry(1, 10), entry(2, 10, kept), entry(3, 11), entry(4, 10)])
      await settle()
      storage.transactionSync(() => index.removeChunks([1, 4, 99]))
      index.removeChunks([])
      expect(new Set(await chunksOf(index, kept))).toEqual(new Set([2, 3]))
      await settle()
      expect(new Set(await chunksOf(index, kept))).toEqual(new Set([2, 3]))
      expect(index.count()).toBe(2)
    }))

  test('a chunk id that is used again answers for its new document only', () =>
    withIndex(async ({ index, settle }) => {
      const [before, after] = [vector(), vector()]
      await index.upsert([entry(5, 1, before)])
      await settle()
      index.remove(1)
      await index.upsert([entry(5, 2, after)])
      expect((await index.query(before, 10)).every(({ score }) => score < 0.7)).toBe(true)
      await settle()
      expect(await index.query(after, 10)).toMatchObject([{ chunkId: 5, score: expect.closeTo(1, 2) }])
      index.remove(1)
      expect(index.count()).toBe(1)
    }))

  test('removals share the transaction they are made in', () =>
    withIndex(async ({ index, storage, settle }) => {
      const values = vector()
      await index.upsert([entry(1, 1, values), entry(2, 2)])
      await settle()
      expect(await chunksOf(index, values)).toHaveLength(2)
      const undone = () =>
        storage.transactionSync(() => {
          index.remove(1)
          index.clear()
          throw new Error('undone')
        })
      expect(undone).toThrow('undone')
      expect(await chunksOf(index, values)).toHaveLength(2)
      storage.transactionSync(() => index.remove(1))
      expect(await chunksOf(index, values)).toEqual([2])
    }))

  test('a cleared index is empty and can be used again', () =>
    withIndex(async ({ index, settle }) => {
      const values = vector()
      await index.upsert([entry(1, 1, values), entry(2, 2)])
      await settle()
      index.clear()
      expect(await index.query(values, 10)).toEqual([])
      expect(index.count()).toBe(0)
      await index.upsert([entry(2, 2, values)])
      await settle()
      expect(await chunksOf(index, values)).toEqual([2])
    }))

  test('an evicted object answers as before', () =>
    withIndex(async ({ index, reopen, settle }) => {
      const values = vector()
      await index.upsert([entry(1, 1, values), ...Array.from({ length: 40 }, (_, at) => entry(at + 2, 2))])
      await settle()
      const before = await index.query(values, 20)
      const again = reopen()
      expect(await again.query(values, 20)).toEqual(before)
      again.remove(2)
      expect(await chunksOf(reopen(), values)).toEqual([1])
    }))

  test('vectors that do not fit are refused, with the whole batch', () =>
    withIndex(async ({ index, settle }) => {
      const short = new Float32Array(DIMENSIONS - 1).fill(0.1)
      const broken = vector().fill(Number.NaN, 3, 4)
      for (const values of [short, broken]) {
        await expect(index.upsert([entry(1), entry(2, 1, values)])).rejects.toThrow(RangeError)
        await expect(index.query(values, 5)).rejects.toThrow(RangeError)
      }
      await settle()
      expect(index.count()).toBe(0)
      expect(await index.query(vector(), 5)).toEqual([])
    }))

  test('after any changes the answers are those of the vectors that are left', () =>
    withIndex(async ({ index, settle }) => {
      const model = new Map<number, VectorEntry>()
      for (let round = 0; round < 30; round++) {
        const first = Math.floor(next() * 500)
        const entries = Array.from({ length: Math.floor(next() * 60) }, (_, at) =>
          entry(1 + first + at, (first + at) % 9),
        )
        await index.upsert(entries)
        for (const one of entries) model.set(one.chunkId, one)
        if (round % 3 === 0) {
          const document = round % 9
          index.remove(document)
          for (const one of model.values()) if (one.document === document) model.delete(one.chunkId)
        }
      }
      await settle()
      expect(index.count()).toBe(model.size)
      for (const { chunkId, values } of model.values()) {
        expect(await index.query(values, 1)).toMatchObject([{ chunkId, score: expect.closeTo(1, 2) }])
      }
    }))
}
