/** The vectors of an agent behind its documents, with Vectorize as it documents itself; the front door has the rest. */
import { afterAll, expect, test } from 'vitest'
import { Embeddings } from '../../src/knowledge/index/embeddings.ts'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import type { EmbedderAccess, EmbeddingWish } from '../../src/models/choose-embedder.ts'
import { newId } from '../../src/lib/ids.ts'
import { ARTICLES, DIMENSIONS } from '../support/embedded-knowledge.ts'
import { startFakeEmbeddings } from '../support/fake-embeddings.ts'
import { FakeVectorize } from '../support/fake-vectorize.ts'
import { nodeSql } from '../support/node-sql.ts'

const fake = await startFakeEmbeddings()
afterAll(() => fake.close())

const access = (more: Partial<EmbedderAccess> = {}): EmbedderAccess => ({
  baseUrl: fake.url,
  model: 'embed',
  dimensions: DIMENSIONS,
  ...more,
})

async function create(vectorize?: FakeVectorize) {
  const storage = nodeSql()
  const owner = { organizationId: newId('org'), agentId: newId('agt') }
  const logged: string[] = []
  const log = (_: string, event: string) => void logged.push(event)
  let embeddings: Embeddings | undefined
  const store = new KnowledgeStore(storage, (change) => embeddings?.changed(change))
  /** The object was evicted and comes back, perhaps with another binding. */
  const reopen = (binding: FakeVectorize | undefined) =>
    (embeddings = new Embeddings(storage, { owner, vectorize: binding, fetch, log }))
  reopen(vectorize)
  const put = (id: string, content: string) => store.putDocument({ id, title: id, format: 'text', content })
  for (const [id, content] of Object.entries(ARTICLES)) await put(id, content)
  const now = () => embeddings as Embeddings
  /** Steps, with time for Vectorize to show what it has taken. */
  const settle = async (wish: EmbeddingWish = access()) => {
    for (let round = 0; round < 20; round++) {
      const next = await now().step(wish)
      vectorize?.settle()
      if (next === undefined) return
    }
    throw new Error('never settles')
  }
  const search = async (text: string, wish: EmbeddingWish = access()) => {
    const texts = [{ text, weight: 1 }]
    const dense = await now().find(texts, wish)
    return store.search({ texts, limit: 5, maxChars: 4_000 }, dense).passages.map(({ documentId }) => documentId)
  }
  const status = (wish: EmbeddingWish = access()) => now().status(wish, store.stats().chunks)
  return { storage, store, put, reopen, settle, search, status, logged, embeddings: now }
}

test('with Vectorize: found once it shows them, changed chunk by chunk, forgotten with their documents', async () => {
  const index = new FakeVectorize(DIMENSIONS)
  const { put, store, settle, search, status } = await create(index)
  expect(status()).toMatchObject({ state: 'indexing', done: 0, total: 4 })
  await settle()
  expect(status()).toMatchObject({ state: 'ready', done: 4, total: 4, lastError: null })
  expect((await search('recompense'))[0]).toBe('refunds')
  const sent = fake.requests.flatMap(({ input }) => input).length
  // A document whose text stays keeps its vectors; of one that changes only the changed chunks are sent.
  await put('refunds', ARTICLES.refunds)
  await put('hours', 'Our shops are closed.')
  await settle()
  expect(fake.requests.flatMap(({ input }) => input).length).toBe(sent + 1)
  expect(index.stored.size).toBe(4)
  expect(store.deleteDocument('refunds')).toBe(true)
  expect(await search('recompense')).not.toContain('refunds')
  await settle()
  expect(index.stored.size).toBe(3)
})

test('vectors move when their place or model changes, words answer meanwhile, and nothing stays behind', async () => {
  const index = new FakeVectorize(DIMENSIONS)
  const { reopen, settle, search, status, embeddings } = await create(index)
  await settle()
  const other = access({ model: 'embed-2' })
  expect(embeddings().differs(access())).toBe(false)
  expect(embeddings().differs(other)).toBe(true)
  // Told of another model, it does not ask with vectors of the old one.
  expect(await search('recompense', other)).toEqual([])
  expect((await search('parcel', other))[0]).toBe('postage')
  await settle(other)
  expect(status(other)).toMatchObject({ state: 'ready', model: 'embed-2', done: 4 })
  expect((await search('recompense', other))[0]).toBe('refunds')
  expect(index.stored.size).toBe(4)

  reopen(undefined)
  expect(await search('recompense', other)).toEqual([])
  await settle(other)
  expect((await search('recompense', other))[0]).toBe('refunds')
  // Without the binding nothing can be deleted there; with it what is owed is made good.
  expect(index.stored.size).toBe(4)
  reopen(index)
  await settle(other)
  expect(index.stored.size).toBe(4)
  await settle('off')
  expect(index.stored.size).toBe(0)
  expect(status('off')).toMatchObject({ state: 'off', done: 0, model: null })
})

test('meaning counts only once nearly all chunks have their vectors', async () => {
  const { put, settle, search, status, embeddings } = await create()
  await settle()
  expect((await search('recompense'))[0]).toBe('refunds')
  for (let at = 0; at < 5; at++) await put(`more ${at}`, `Another text about number ${at}.`)
  expect(status()).toMatchObject({ state: 'indexing', done: 4, total: 9 })
  expect(embeddings().find([{ text: 'recompense', weight: 1 }], access())).toBeUndefined()
  await settle()
  expect((await search('recompense'))[0]).toBe('refunds')
})

test('an erasure is over when Vectorize has nothing left, and can be tried again', async () => {
  const index = new FakeVectorize(DIMENSIONS)
  const { store, settle, embeddings } = await create(index)
  await settle()
  index.faults.push('refuse')
  store.erase()
  expect(store.stats()).toMatchObject({ documents: 0, chunks: 0, bytes: 0 })
  await expect(embeddings().erase()).rejects.toThrow()
  await embeddings().erase()
  index.settle()
  expect(index.stored.size).toBe(0)
})

test('an index that refuses everything leaves words to answer, and is told', async () => {
  const index = new FakeVectorize(DIMENSIONS - 1)
  const { search, status, embeddings } = await create(index)
  expect(await embeddings().step(access())).toBeGreaterThan(Date.now() + 4_000)
  expect(status()).toMatchObject({ state: 'failing', done: 0, lastError: 'UNAVAILABLE' })
  expect((await search('parcel'))[0]).toBe('postage')
})

test('what a question costs is told once it fails, not with every question', async () => {
  const { settle, search, status, logged } = await create()
  await settle()
  const closed = access({ baseUrl: 'http://127.0.0.1:1/v1' })
  for (let round = 0; round < 5; round++) expect((await search('parcel', closed))[0]).toBe('postage')
  expect(logged.filter((event) => event === 'query_embedding_failed')).toHaveLength(1)
  expect(status(closed)).toMatchObject({ state: 'failing', lastError: 'PROVIDER_ERROR' })
  expect(status().tokens).toBeGreaterThan(0)
})
