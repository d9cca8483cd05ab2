import { expect, test } from 'vitest'
import { EmbeddedVectors } from '../../src/knowledge/index/embedded-vectors.ts'
import { VECTOR_SCHEMA } from '../../src/knowledge/index/vector-schema.ts'
import { migrate } from '../../src/lib/migrate.ts'
import { nodeSql } from '../support/node-sql.ts'
import { clustered, dot } from '../support/random-vectors.ts'
import { DIMENSIONS, entry, vector, type VectorFixture, vectorIndexContract } from './vector-index.ts'

const settle = async () => undefined

function create(dimensions: number, options: { keptBytes?: number } = {}): VectorFixture {
  const storage = nodeSql()
  migrate(storage, VECTOR_SCHEMA)
  const reopen = () => new EmbeddedVectors(storage, dimensions, options)
  return { index: reopen(), storage, reopen, settle }
}

vectorIndexContract((body) => body(create(DIMENSIONS)))

test('without memory for the bits the answers are the same', async () => {
  const [kept, unkept] = [create(DIMENSIONS).index, create(DIMENSIONS, { keptBytes: 0 }).index]
  const entries = Array.from({ length: 600 }, (_, at) => entry(at + 1))
  for (const index of [kept, unkept]) await index.upsert(entries)
  const question = vector()
  expect(await unkept.query(question, 20)).toEqual(await kept.query(question, 20))
})

test('places that removals left are filled again, and empty blocks are dropped', async () => {
  const { index, storage } = create(DIMENSIONS)
  const blocks = () => storage.sql.exec<{ n: number }>('select count(*) as n from vector_blocks').toArray()[0]?.n
  for (let document = 0; document < 8; document++) {
    await index.upsert(Array.from({ length: 100 }, (_, at) => entry(1 + document * 100 + at, document)))
  }
  expect(blocks()).toBe(4)
  for (const document of [1, 3, 5]) index.remove(document)
  await index.upsert(Array.from({ length: 300 }, (_, at) => entry(1_001 + at, 20)))
  expect(blocks()).toBe(4)
  for (const document of [0, 2, 4, 6, 7, 20]) index.remove(document)
  expect(blocks()).toBe(0)
})

test('more equal vectors than are re-scored are no trouble', async () => {
  const { index } = create(DIMENSIONS)
  const same = vector()
  await index.upsert(Array.from({ length: 1_000 }, (_, at) => entry(at + 1, 1, same)))
  expect(await index.query(same, 10)).toHaveLength(10)
})

test.each([
  ['even', 512, 0, 200],
  ['uneven', 512, 0.8, 20],
  ['of an odd size', 300, 0.5, 200],
])('nearly all of the best ten are found among vectors that are %s', async (_, dimensions, decay, topics) => {
  const { index } = create(dimensions)
  const make = clustered(dimensions, { topics, decay })
  const entries = Array.from({ length: 5_000 }, (__, at) => entry(at + 1, 1, make()))
  for (let at = 0; at < entries.length; at += 500) await index.upsert(entries.slice(at, at + 500))
  let found = 0
  for (let question = 0; question < 20; question++) {
    const values = make()
    const scored = entries.map((one) => ({ chunkId: one.chunkId, score: dot(one.values, values) }))
    const best = new Set(
      scored
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 10)
        .map(({ chunkId }) => chunkId),
    )
    found += (await index.query(values, 10)).filter(({ chunkId }) => best.has(chunkId)).length
  }
  expect(found / 200).toBeGreaterThan(0.97)
})
