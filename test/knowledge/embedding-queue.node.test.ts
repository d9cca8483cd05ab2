import { afterAll, expect, test } from 'vitest'
import { embedPending } from '../../src/knowledge/index/embed-pending.ts'
import type { VectorEntry } from '../../src/knowledge/index/vector-index.ts'
import { VectorizeVectors } from '../../src/knowledge/index/vectorize.ts'
import { problem } from '../../src/lib/problem.ts'
import type { Embedder } from '../../src/models/embedder.ts'
import { OpenAiEmbedder } from '../../src/models/openai-embedder.ts'
import { ARTICLES, DIMENSIONS, embeddedKnowledge as create, NOW, SPACE } from '../support/embedded-knowledge.ts'
import { embedText, startFakeEmbeddings } from '../support/fake-embeddings.ts'
import { FakeVectorize } from '../support/fake-vectorize.ts'

const fake = await startFakeEmbeddings()
afterAll(() => fake.close())

const HOUR = 3_600_000

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`doc ${at}`, `Article number ${at} says something.`]))

const open = (model = 'embed'): Embedder =>
  new OpenAiEmbedder({
    baseUrl: fake.url,
    apiKey: 'sk-test',
    model,
    dimensions: DIMENSIONS,
    fetch,
    timeouts: model === 'hang' ? { query: 200, batch: 200 } : { query: 10_000, batch: 10_000 },
  })

test('without a space nothing is pending; with one every chunk is, once', () => {
  const { queue, vectors, put } = create()
  expect(queue.progress()).toEqual({ space: undefined, done: 0, pending: 0, failed: 0 })
  expect(queue.take(10, NOW)).toEqual([])
  expect(queue.use(SPACE, vectors)).toBe(true)
  expect(queue.use(SPACE, vectors)).toBe(false)
  put('another', 'More text.')
  expect(queue.progress()).toEqual({ space: SPACE, done: 0, pending: 5, failed: 0 })
  const jobs = queue.take(10, NOW)
  expect(jobs.map(({ text }) => text)).toContain(`refunds\n${ARTICLES.refunds}`)
  expect(queue.take(10, NOW)).toEqual([])
  queue.done(jobs)
  expect(queue.nextDue()).toBeUndefined()
  expect(queue.progress()).toMatchObject({ done: 5, pending: 0 })
})

test('what was taken and never came back is taken again', () => {
  const { queue, vectors } = create()
  queue.use(SPACE, vectors)
  const first = queue.take(3, NOW)
  expect(first).toHaveLength(3)
  expect(queue.take(10, NOW)).toHaveLength(1)
  expect(queue.take(10, NOW + 1_000)).toEqual([])
  expect(queue.nextDue()).toBeGreaterThan(NOW)
  // Those tried once come in smaller batches; all of them come.
  const again: number[] = []
  for (let round = 0; round < 4; round++) again.push(...queue.take(4, (queue.nextDue() ?? 0) + 1).map(({ id }) => id))
  expect(new Set(again).size).toBe(4)
})

test('another model drops all vectors and marks every chunk; jobs of the old one count no more', async () => {
  const { queue, vectors } = create()
  queue.use(SPACE, vectors)
  expect(await embedPending(queue, open(), vectors, NOW)).toBeUndefined()
  expect(vectors.count()).toBe(4)
  const { queue: other, vectors: others } = create()
  other.use(SPACE, others)
  const old = other.take(10, NOW)
  for (const change of [{ model: 'embed-2' }, { dimensions: 128 }, { store: 'vectorize' as const }]) {
    expect(other.use({ ...SPACE, ...change }, others)).toBe(true)
    expect(other.progress()).toMatchObject({ done: 0, pending: 4 })
  }
  expect(other.current(old).size).toBe(0)
  other.done(old)
  expect(other.progress().pending).toBe(4)
  expect(queue.use({ ...SPACE, model: 'embed-2' }, vectors)).toBe(true)
  expect(vectors.count()).toBe(0)
  expect(queue.use(undefined, vectors)).toBe(true)
  expect(queue.progress()).toEqual({ space: undefined, done: 0, pending: 0, failed: 0 })
})

test('a document that changes while it is embedded gets the vector of its new text', async () => {
  const { queue, vectors, put, documentOf } = create({ a: 'Refund rules.' })
  queue.use(SPACE, vectors)
  const slow: Embedder = {
    model: 'embed',
    dimensions: DIMENSIONS,
    async embed(texts) {
      // The chunk gets the very same id again.
      put('a', 'Opening hours.')
      return texts.map((text) => embedText(text, DIMENSIONS))
    },
  }
  await embedPending(queue, slow, vectors, NOW)
  expect(vectors.count()).toBe(0)
  expect(queue.progress()).toMatchObject({ done: 0, pending: 1 })
  await embedPending(queue, open(), vectors, NOW)
  const [match] = await vectors.query(embedText('a opening hours', DIMENSIONS), 1)
  expect(match?.score).toBeGreaterThan(0.95)
  expect(documentOf(match?.chunkId ?? 0)).toBe('a')
})

test('a removed document leaves neither jobs nor vectors', async () => {
  const { queue, vectors, remove } = create()
  queue.use(SPACE, vectors)
  await embedPending(queue, open(), vectors, NOW)
  remove('refunds')
  expect(vectors.count()).toBe(3)
  expect(queue.progress()).toMatchObject({ done: 3, pending: 0 })
})

test.each([
  [problem('PROVIDER_OVERLOADED', { retryAfter: 90 }), 90_000],
  [problem('PROVIDER_TIMEOUT'), 5_000],
  [problem('PROVIDER_KEY_INVALID'), 600_000],
  [new Error('VECTOR_UPSERT_ERROR (code = 40041): Too Many Requests'), 5_000],
])('an outage (%s) makes everything wait and gives nothing up', (error, least) => {
  const { queue, vectors } = create()
  queue.use(SPACE, vectors)
  let now = NOW
  for (let round = 0; round < 50; round++) {
    const jobs = queue.take(2, now)
    expect(jobs).toHaveLength(2)
    queue.fail(jobs, error, now)
    expect(queue.take(2, now + least - 1)).toEqual([])
    const due = queue.nextDue() ?? 0
    expect(due - now).toBeGreaterThanOrEqual(least)
    expect(due - now).toBeLessThanOrEqual(1.2 * HOUR)
    now = due
  }
  expect(queue.progress()).toMatchObject({ pending: 4, failed: 0 })
  const jobs = queue.take(4, now)
  queue.done(jobs)
  expect(queue.progress()).toMatchObject({ done: 4 })
})

test('a text the model refuses is found out and given up; all others get their vectors', async () => {
  const { queue, vectors } = create({ ...many(600), poison: 'This one is POISON to the model.' })
  queue.use(SPACE, vectors)
  const embedder: Embedder = {
    model: 'embed',
    dimensions: DIMENSIONS,
    async embed(texts) {
      if (texts.some((text) => text.includes('POISON'))) throw problem('PROVIDER_ERROR')
      return texts.map((text) => embedText(text, DIMENSIONS))
    },
  }
  let now: number | undefined = NOW
  let rounds = 0
  while (now !== undefined && queue.progress().pending > 0 && rounds++ < 200)
    now = await embedPending(queue, embedder, vectors, now)
  expect(queue.progress()).toMatchObject({ done: 600, pending: 0, failed: 1 })
  expect(vectors.count()).toBe(600)
  // Found by halves, not one by one; how many rounds depends on the jitter of the delays.
  expect(rounds).toBeLessThan(128)
  queue.retry()
  expect(queue.take(10, Date.now())).toMatchObject([{ attempts: 1 }])
})

test('what a long outage made it give up is embedded when the outage is over, and a day later at the latest', async () => {
  const { queue, vectors } = create(many(300))
  queue.use(SPACE, vectors)
  let now: number | undefined = NOW
  // Answers that are no good, for many hours: as if every text were at fault.
  while (now !== undefined && queue.progress().pending > 0) now = await embedPending(queue, open('500'), vectors, now)
  expect(queue.progress()).toMatchObject({ done: 0, pending: 0, failed: 300, error: 'PROVIDER_ERROR' })
  expect(queue.nextDue()).toBeLessThanOrEqual((now ?? 0) + 24 * HOUR)
  let rounds = 0
  while (now !== undefined && rounds++ < 200) now = await embedPending(queue, open(), vectors, now)
  expect(queue.progress()).toMatchObject({ done: 300, pending: 0, failed: 0, error: undefined })
  expect(vectors.count()).toBe(300)
})

test('jobs of an object that died are taken again at once by the next', () => {
  const { queue, vectors } = create()
  queue.use(SPACE, vectors)
  const taken = queue.take(10, NOW)
  expect(queue.progress().pending).toBe(4)
  queue.release()
  expect(queue.current(taken).size).toBe(0)
  // Fewer at a time: perhaps they were why it died.
  expect(queue.take(16, NOW).map(({ id }) => id)).toEqual(taken.map(({ id }) => id))
})

test.each(['429', '500', '401', 'hang', 'wrong-count', 'wrong-dimension', 'nan', 'reset'])(
  'a provider that fails (%s) costs time, nothing else',
  async (model) => {
    const { queue, vectors } = create()
    queue.use(SPACE, vectors)
    const next = await embedPending(queue, open(model), vectors, NOW)
    expect(next).toBeGreaterThanOrEqual(NOW + 5_000)
    expect(queue.progress()).toMatchObject({ done: 0, pending: 4, failed: 0 })
    let now = next
    for (let round = 0; now !== undefined && round < 20; round++) now = await embedPending(queue, open(), vectors, now)
    expect(queue.progress()).toMatchObject({ done: 4, pending: 0 })
    expect(vectors.count()).toBe(4)
  },
)

test('with Vectorize: comes again until what was stored can be found, also after refusals', async () => {
  const { storage, queue } = create()
  const index = new FakeVectorize(DIMENSIONS)
  const vectors = new VectorizeVectors(storage, index, {
    organizationId: 'org_1',
    agentId: 'agt_1',
    dimensions: DIMENSIONS,
  })
  queue.use({ ...SPACE, store: 'vectorize' }, vectors)
  index.faults.push('refuse')
  const later = await embedPending(queue, open(), vectors, NOW)
  expect(later).toBeGreaterThanOrEqual(NOW + 5_000)
  expect(await embedPending(queue, open(), vectors, later ?? 0)).toBe((later ?? 0) + 5_000)
  index.settle()
  let next: number | undefined = later
  for (let round = 0; next !== undefined && round < 10; round++) {
    next = await embedPending(queue, open(), vectors, next + 10_000)
    index.settle()
  }
  expect(next).toBeUndefined()
  expect(index.stored.size).toBe(4)
})

test('vectors of a batch are all or none', async () => {
  const { queue, vectors } = create()
  queue.use(SPACE, vectors)
  const short: Embedder = {
    ...open(),
    model: 'x',
    dimensions: 1,
    embed: async (texts) => texts.map(() => new Float32Array(1)),
  }
  await embedPending(queue, short, vectors, NOW)
  const entries: VectorEntry[] = []
  await vectors.upsert(entries)
  expect(vectors.count()).toBe(0)
  expect(queue.progress()).toMatchObject({ pending: 4 })
})
