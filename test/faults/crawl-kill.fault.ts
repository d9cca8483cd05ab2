import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { SourceStatus } from '../../src/knowledge/sync/source.ts'
import { Crawled } from '../support/crawled.ts'
import { DocsSite } from '../support/docs-site.ts'
import { SKIPPED_PATHS } from '../support/docs-site-pages.ts'
import { KillableWorkerd } from '../support/killable-workerd.ts'

const state = mkdtempSync(join(tmpdir(), 'flexyagents-kill-'))
let site: DocsSite
let worker: KillableWorkerd

const startWorker = () => {
  const vars = { ALLOW_LOOPBACK_URLS: site.origin }
  return KillableWorkerd.start({ workerDir: inject('workerDir'), vars, state })
}

beforeAll(async () => {
  site = await DocsSite.start({ latency: 5 })
  worker = await startWorker()
})
afterAll(async () => {
  await worker.kill()
  await site.close()
  rmSync(state, { recursive: true, force: true })
})

test('a crawl that is killed twice goes on by itself and ends with every page once in the index', async () => {
  const source = new Crawled(() => worker, 'agt_1')
  const requestsAtStart = () => site.requests.filter(({ path }) => path === '/').length
  expect(await source.start({ url: `${site.origin}/`, maxPages: 1_000 })).toEqual({ started: true, run: 1 })
  for (const share of [0.3, 0.7]) {
    for (;;) {
      const { pages, state: now } = await source.call<SourceStatus>('status')
      expect(now).toBe('running')
      if (pages.done >= site.indexed.length * share) break
      await sleep(10)
    }
    await worker.kill()
    const before = site.requests.length
    await sleep(300)
    expect(site.requests.length).toBe(before)
    worker = await startWorker()
    // Nobody tells it to go on.
    while (site.requests.length === before) await sleep(50)
  }
  const status = await source.ended()
  expect(status).toMatchObject({ state: 'finished', run: 1, pages: { pending: 0, failed: 0 } })
  expect(await source.indexed()).toEqual(site.indexed.map((path) => site.origin + path))
  expect(await source.skipped(site.origin)).toEqual(SKIPPED_PATHS)
  expect(status.changes).toEqual({ added: site.indexed.length, updated: 0, unchanged: 0, removed: 0 })
  // It went on where it was: hardly anything was fetched twice.
  expect(requestsAtStart()).toBe(1)
  const again = site.requests.length - new Set(site.requests.map(({ path }) => path)).size
  console.log(`${site.requests.length} requests, ${again} of them again after two kills`)
  expect(again).toBeLessThanOrEqual(20)
})
