import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, inject, test } from 'vitest'
import type { KnowledgeIndex, KnowledgeSearch } from '../../src/knowledge/index/knowledge-index.ts'
import type { SearchResult } from '../../src/models/evidence.ts'
import { startFakeEmbeddings } from '../support/fake-embeddings.ts'
import { KillableWorkerd } from '../support/killable-workerd.ts'
import { SECRETS, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json } from '../support/workspace.ts'

const DOCUMENTS = 1_500
const state = mkdtempSync(join(tmpdir(), 'flexyagents-embedding-kill-'))
const fake = await startFakeEmbeddings()
const start = (model: string) =>
  KillableWorkerd.start({
    workerDir: inject('workerDir'),
    vars: {
      ...SECRETS,
      RATE_LIMIT_PER_IP: '1000000',
      RATE_LIMIT_PER_KEY: '1000000',
      EMBEDDING_MODEL: model,
      EMBEDDING_BASE_URL: fake.url,
    },
    state,
  })
let worker: KillableWorkerd | undefined
afterAll(async () => {
  await worker?.kill()
  await fake.close()
  rmSync(state, { recursive: true, force: true })
})

const textsOf = (model: string) =>
  fake.requests.filter((request) => request.model === model).flatMap(({ input }) => input)
const access = (model: string) => ({ baseUrl: fake.url, model, dimensions: 512 })
const SEEN = 20_000

test('indexing that is killed goes on by itself, also that of another model, which begins anew', async () => {
  let running = (worker = await start('embed'))
  const space = await createWorkspace(running as unknown as TestWorker)
  const object = `${space.orgId}/${space.agentId}`
  const call = <Result>(method: keyof KnowledgeIndex, ...values: unknown[]) =>
    running.call<Result>('KNOWLEDGE', object, method, ...values)
  const restart = async (model: string) => {
    await running.kill()
    running = worker = await start(model)
  }
  for (let at = 0; at < DOCUMENTS; at++) {
    const content = at === 77 ? 'We pay a refund by card.' : `Item ${at} weighs ${at} grams.`
    await call('putDocument', { id: `doc_${at}`, title: `Document ${at}`, format: 'text', content })
    // The last time nobody tells it to go on.
    if (at === 600 || at === DOCUMENTS - 1) await restart('embed')
  }
  const status = async (model: string) => (await call<Json>('status', access(model))).embeddings
  for (const model of ['embed', 'another']) {
    if (model !== 'embed') {
      await restart(model)
      // Nobody but a visitor tells that the model is another one.
      const request: KnowledgeSearch = {
        texts: [{ text: 'weighs 12', weight: 1 }],
        limit: 3,
        maxChars: 999,
        embedding: access(model),
      }
      expect((await call<SearchResult>('search', request)).passages).toHaveLength(3)
    }
    for (const share of model === 'embed' ? [] : [0.3, 0.6]) {
      const from = Date.now()
      while (textsOf(model).length < share * DOCUMENTS && Date.now() < from + SEEN) await sleep(5)
      await restart(model)
      const before = textsOf(model).length
      const started = Date.now()
      // Nobody tells it to go on.
      while (textsOf(model).length === before && Date.now() < started + SEEN) await sleep(20)
      console.log(`${model}: killed after ${before} texts, went on after ${Date.now() - started} ms`)
    }
    const from = Date.now()
    while ((await status(model)).done < DOCUMENTS && Date.now() < from + 120_000) await sleep(100)
    expect(await status(model)).toMatchObject({
      state: 'ready',
      model,
      done: DOCUMENTS,
      total: DOCUMENTS,
      lastError: null,
    })
    const again = textsOf(model).filter((text) => text.startsWith('Document')).length - DOCUMENTS
    console.log(`${model}: ${again} texts were embedded again`)
    expect(again).toBeLessThanOrEqual(2 * 256)
    const request: KnowledgeSearch = {
      texts: [{ text: 'recompense', weight: 1 }],
      limit: 3,
      maxChars: 999,
      embedding: access(model),
    }
    expect((await call<SearchResult>('search', request)).passages[0]?.documentId).toBe('doc_77')
  }
  const asked = fake.requests.length
  await call('purge')
  expect(await call('stats')).toEqual({ documents: 0, chunks: 0, epoch: 0, bytes: 0 })
  await sleep(2_000)
  expect(fake.requests.length).toBe(asked)
})
