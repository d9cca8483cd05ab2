import { expect, test } from 'vitest'
import { VECTOR_SCHEMA } from '../../src/knowledge/index/vector-schema.ts'
import { VectorizeVectors } from '../../src/knowledge/index/vectorize.ts'
import { migrate } from '../../src/lib/migrate.ts'
import { newId } from '../../src/lib/ids.ts'
import { FakeVectorize } from '../support/fake-vectorize.ts'
import { nodeSql } from '../support/node-sql.ts'
import { DIMENSIONS, entry, vector, vectorIndexContract } from './vector-index.ts'

const TIMEOUTS = { query: 50, change: 50 }

function create(fake = new FakeVectorize(DIMENSIONS), organizationId: string = newId('org')) {
  const storage = nodeSql()
  migrate(storage, VECTOR_SCHEMA)
  const scope = { organizationId, agentId: newId('agt'), dimensions: DIMENSIONS, timeouts: TIMEOUTS }
  const reopen = () => new VectorizeVectors(storage, fake, scope)
  const index = reopen()
  const settle = async () => {
    for (let round = 0; !(await index.sync()); round++) {
      if (round > 20) throw new Error('never settles')
      fake.settle()
    }
    fake.settle()
  }
  return { index, storage, fake, reopen, settle, organizationId }
}

// Everything here shares one index, as all organizations do.
const shared = new FakeVectorize(DIMENSIONS)
vectorIndexContract((body) => body(create(shared)))

test('what was stored is found once Vectorize shows it, and `sync` tells when', async () => {
  const { index, fake } = create()
  const values = vector()
  await index.upsert([entry(1, 1, values)])
  expect(await index.query(values, 5)).toEqual([])
  expect(await index.sync()).toBe(false)
  fake.settle()
  expect(await index.sync()).toBe(true)
  expect(await index.query(values, 5)).toMatchObject([{ chunkId: 1 }])
})

test('agents and organizations do not see each other, even if the filter were to fail', async () => {
  const fake = new FakeVectorize(DIMENSIONS)
  const first = create(fake)
  const others = [create(fake, first.organizationId), create(fake)]
  const values = vector()
  for (const { index, settle } of [first, ...others]) {
    await index.upsert([entry(1, 1, values), entry(2)])
    await settle()
  }
  expect(await first.index.query(values, 10)).toHaveLength(2)
  const query = fake.query.bind(fake)
  fake.query = (asked) => query(asked, { topK: 100 })
  expect(await query(values, { topK: 100 })).toMatchObject({ count: 6 })
  expect(await first.index.query(values, 10)).toHaveLength(2)
})

test('what is no more is deleted at Vectorize, in batches it takes', async () => {
  const { index, fake, settle } = create()
  await index.upsert(Array.from({ length: 1_300 }, (_, at) => entry(at + 1, at < 1_250 ? 1 : 2)))
  await settle()
  expect(fake.stored.size).toBe(1_300)
  index.remove(1)
  expect(await index.sync()).toBe(false)
  await settle()
  expect(fake.stored.size).toBe(50)
  index.clear()
  await settle()
  expect(fake.stored.size).toBe(0)
  expect(fake.calls.filter(({ name, size }) => name === 'VECTOR_DELETE' && size > 100)).toEqual([])
})

test.each(['refuse', 'hang', 'arrive and hang'] as const)(
  'an upsert that fails (%s) changes nothing',
  async (fault) => {
    const { index, fake, settle } = create()
    const before = vector()
    await index.upsert([entry(1, 1, before)])
    await settle()
    const many = Array.from({ length: 400 }, (_, at) => entry(at + 1))
    fake.faults.push('pass', fault)
    await expect(index.upsert(many)).rejects.toThrow()
    fake.settle()
    expect(index.count()).toBe(1)
    expect(await index.query(before, 5)).toMatchObject([{ chunkId: 1, score: expect.closeTo(1, 2) }])
    await settle()
    expect(fake.stored.size).toBe(1)
    await index.upsert(many)
    await settle()
    expect(fake.stored.size).toBe(400)
  },
)

test('a deletion that fails is owed until it is done', async () => {
  const { index, fake, settle, reopen } = create()
  await index.upsert([entry(1, 1), entry(2, 2)])
  await settle()
  index.remove(1)
  for (const fault of ['refuse', 'hang'] as const) {
    fake.faults.push(fault)
    await expect(index.sync()).rejects.toThrow()
  }
  await reopen().sync()
  fake.settle()
  expect(fake.stored.size).toBe(1)
})

test('a document that is removed while its vectors are sent does not come back', async () => {
  const { index, fake, settle } = create()
  const values = vector()
  const sending = index.upsert([entry(1, 1, values), entry(2, 2, values)])
  index.remove(1)
  // The deletion must not overtake what is being sent.
  await index.sync()
  await sending
  await settle()
  expect(await index.query(values, 5)).toMatchObject([{ chunkId: 2 }])
  expect(fake.stored.size).toBe(1)
})

test('a query that is refused or hangs is an error in time', async () => {
  const { index, fake, settle } = create()
  await index.upsert([entry(1)])
  await settle()
  for (const fault of ['refuse', 'hang'] as const) {
    fake.faults.push(fault)
    await expect(index.query(vector(), 5)).rejects.toThrow()
  }
  expect(await index.query(vector(), 5)).toHaveLength(1)
})

test('names that Vectorize would refuse are refused at once', () => {
  const { storage, fake } = create()
  const open = (organizationId: string, agentId: string) => () =>
    new VectorizeVectors(storage, fake, { organizationId, agentId, dimensions: DIMENSIONS })
  expect(open('o'.repeat(65), 'agt_1')).toThrow(RangeError)
  expect(open('org_1', 'a'.repeat(40))).toThrow(RangeError)
})

test('an index without the metadata indexes answers nothing, rather than what others stored', async () => {
  const { index, settle } = create(new FakeVectorize(DIMENSIONS, []))
  await index.upsert([entry(1)])
  await settle()
  expect(await index.query(vector(), 5)).toEqual([])
})
