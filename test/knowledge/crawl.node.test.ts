import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { SourceStatus } from '../../src/knowledge/sync/source.ts'
import { Crawled } from '../support/crawled.ts'
import { CHANGED, SKIPPED_PATHS } from '../support/docs-site-pages.ts'
import { DocsSite } from '../support/docs-site.ts'
import { closeNow, listen } from '../support/local-http.ts'
import { Workerd } from '../support/workerd.ts'

const canaryHits: string[] = []
const canary = createServer((req, res) => {
  canaryHits.push(req.url ?? '')
  res.end('canary')
})
let site: DocsSite
let worker: Workerd

beforeAll(async () => {
  site = await DocsSite.start({ canary: `http://127.0.0.1:${await listen(canary)}` })
  worker = await Workerd.start({ workerDir: inject('workerDir'), vars: { ALLOW_LOOPBACK_URLS: site.origin } })
})
afterAll(async () => {
  await worker.close()
  await site.close()
  await closeNow(canary)
})

const source = (agentId: string) => new Crawled(() => worker, agentId)
const urls = (paths: readonly string[]) => paths.map((path) => site.origin + path)

describe('a site', () => {
  const crawl = source('agt_site')
  const epochOf = async () => (await crawl.index<{ epoch: number }>('stats')).epoch

  test('is crawled, and its traps are avoided', { timeout: 60_000 }, async () => {
    expect(await crawl.start({ url: `${site.origin}/`, maxPages: 1_000 })).toEqual({ started: true, run: 1 })
    const status = await crawl.ended()
    expect(status).toMatchObject({ state: 'finished', pages: { pending: 0, failed: 0 } })
    expect(status.changes).toEqual({ added: site.indexed.length, updated: 0, unchanged: 0, removed: 0 })
    expect(await crawl.indexed()).toEqual(urls(site.indexed))
    expect(await crawl.skipped(site.origin)).toEqual(SKIPPED_PATHS)
    expect(canaryHits).toEqual([])
  })

  test('is asked politely, under our name, and gets nothing that could be a secret', () => {
    // The endless page counts as being answered until its socket is closed.
    expect(site.maxInFlight).toBeLessThanOrEqual(3)
    for (const { headers } of site.requests) {
      expect(headers['user-agent']).toMatch(/^FlexyAgentsBot\/0\.1/)
      expect(headers['x-flexy-hop']).toBe('1')
      expect(headers.cookie ?? headers.authorization).toBeUndefined()
    }
    expect(site.requests.some(({ path }) => path === '/private/secret')).toBe(false)
    // Every address once, but for the two that asked us to come again.
    const again = site.requests.map(({ path }) => path).filter((path, i, all) => all.indexOf(path) !== i)
    expect(again.toSorted()).toEqual(['/busy', '/flaky'])
  })

  test('reads characters as the header says', async () => {
    const [page] = (await crawl.pages()).filter(({ url }) => url.endsWith('/latin1'))
    expect(page?.title).toBe('Café')
    const document = await crawl.index<{ content: string }>('getDocument', page?.documentId)
    expect(document.content).toContain('Crème brûlée')
  })

  test('is synced again without a change: nothing is indexed anew', { timeout: 60_000 }, async () => {
    const epoch = await epochOf()
    site.requests.length = 0
    expect(await crawl.call('sync')).toEqual({ started: true, run: 2 })
    const status = await crawl.ended()
    expect(status.changes).toEqual({ added: 0, updated: 0, unchanged: site.indexed.length, removed: 0 })
    expect(await epochOf()).toBe(epoch)
    const notModified = site.requests.filter((request) => request.status === 304)
    expect(notModified.length).toBe(site.indexed.length)
  })

  test('is synced again after three changes: these three are indexed anew', { timeout: 60_000 }, async () => {
    const epoch = await epochOf()
    site.change()
    await crawl.call('sync')
    const { changes } = await crawl.ended()
    const unchanged = site.indexed.length - CHANGED.length
    expect(changes).toEqual({ added: 0, updated: CHANGED.length, unchanged, removed: 0 })
    // One change each.
    expect(await epochOf()).toBe(epoch + CHANGED.length)
    const [changed] = (await crawl.pages()).filter(({ url }) => url === site.origin + CHANGED[0])
    const document = await crawl.index<{ content: string }>('getDocument', changed?.documentId)
    expect(document.content).toContain('edition 2')
    expect(await crawl.indexed()).toEqual(urls(site.indexed))
  })

  test('loses pages and gets others: so does the index', { timeout: 60_000 }, async () => {
    // The first of two copies: now the other one stands for both.
    site.remove('/docs/s1/a1')
    site.remove('/docs/s9/a9')
    site.add('/news', 'A new thing')
    await crawl.call('sync')
    const { changes } = await crawl.ended()
    // The home page changed as well: it links the news.
    expect(changes).toMatchObject({ added: 2, updated: 1, removed: 2 })
    expect(await crawl.indexed()).toEqual(urls([...site.indexed, '/copy/1']).toSorted())
  })

  test('has a bad day: the knowledge stays', { timeout: 60_000 }, async () => {
    const before = await crawl.indexed()
    site.isDown = true
    await crawl.call('sync')
    const status = await crawl.ended()
    site.isDown = false
    expect(status).toMatchObject({ state: 'failed', error: { code: 'server-error' }, changes: { removed: 0 } })
    expect(await crawl.indexed()).toEqual(before)
  })

  test('is erased: nothing of it stays in the index', async () => {
    await crawl.call('erase')
    expect(await crawl.indexed()).toEqual([])
    expect(await crawl.call('status')).toBeUndefined()
    expect(await crawl.call('sync')).toMatchObject({ started: false, reason: 'unknown' })
  })
})

test('a crawl that is cancelled stops, and a sync completes it', { timeout: 60_000 }, async () => {
  const crawl = source('agt_cancel')
  await crawl.start({ url: `${site.origin}/docs/s1`, include: ['/docs'], maxPages: 1_000 })
  while ((await crawl.call<SourceStatus>('status')).pages.done < 10);
  expect(await crawl.call('cancel')).toBe(true)
  expect(await crawl.call('cancel')).toBe(false)
  const { state, pages } = await crawl.call<SourceStatus>('status')
  expect(state).toBe('cancelled')
  expect(pages.pending).toBeGreaterThan(0)
  await crawl.call('sync')
  expect(await crawl.ended()).toMatchObject({ state: 'finished', pages: { pending: 0 } })
  expect((await crawl.indexed()).every((url) => url.startsWith(`${site.origin}/docs/`))).toBe(true)
})

test('limits hold, and are told', { timeout: 60_000 }, async () => {
  const few = source('agt_few')
  await few.start({ url: `${site.origin}/`, maxPages: 25, everyHours: 24 })
  const status = await few.ended()
  expect(status).toMatchObject({ state: 'finished', limit: 'pages', pages: { done: 25, pending: 0 } })
  expect(status.nextSyncAt).toBe(status.startedAt + 24 * 3_600_000)
  expect((await few.indexed()).length).toBe(25)
  const poor = source('agt_poor')
  const request = {
    ...poor.owner,
    maxDocuments: 7,
    site: { url: `${site.origin}/docs/s1`, include: ['/docs'], delay: 0 },
  }
  await poor.call('start', request)
  expect(await poor.ended()).toMatchObject({ state: 'finished', limit: 'documents', pages: { done: 7, pending: 0 } })
  const one = source('agt_one')
  await one.start({ url: `${site.origin}/docs/s2`, maxDepth: 0 })
  await one.ended()
  expect(await one.indexed()).toEqual([`${site.origin}/docs/s2`])
})

const bytesOf = (text: string) => new TextEncoder().encode(text)
const start = (crawl: Crawled, name: string, parts: Uint8Array[]) =>
  crawl.call('startFile', { ...crawl.owner, file: { name, title: 'House rules' } }, parts)

describe('a file', () => {
  test('is read by the alarm, and replaced by its next version', async () => {
    const file = source('agt_file')
    const parts = [bytesOf('# Rules\n\nThe kitchen clo'), bytesOf('ses at nine.\n')]
    expect(await start(file, 'rules.md', parts)).toEqual({ started: true, run: 1 })
    expect(await file.ended()).toMatchObject({ kind: 'file', state: 'finished', changes: { added: 1 } })
    await start(file, 'rules.md', [bytesOf('# Rules\n\nThe kitchen closes at ten.\n')])
    expect(await file.ended()).toMatchObject({ run: 2, changes: { added: 0, updated: 1 } })
    const [page] = await file.pages()
    const document = await file.index<{ title: string; content: string }>('getDocument', page?.documentId)
    expect(document).toMatchObject({ title: 'House rules', content: expect.stringContaining('closes at ten') })
    expect((await file.indexed()).length).toBe(1)
    await file.call('erase')
    expect(await file.indexed()).toEqual([])
  })

  test('of several megabytes is kept in parts', { timeout: 60_000 }, async () => {
    const file = source('agt_big')
    const line = 'The quick brown fox jumps over the lazy dog every day.\n'
    await start(file, 'big.txt', [bytesOf(line.repeat(60_000))])
    expect(await file.ended()).toMatchObject({ state: 'finished' })
    // The reader of files takes a million characters and says so.
    expect((await file.pages())[0]?.reason).toBeTruthy()
  })

  test('that cannot be read says why', async () => {
    const file = source('agt_bad')
    await start(file, 'picture.bin', [new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 0, 0, 0])])
    const { state, error } = await file.ended()
    expect(state).toBe('failed')
    expect(error?.code).toBe('UNSUPPORTED_FORMAT')
    expect(await start(file, 'empty.txt', [])).toMatchObject({ started: false, reason: 'empty' })
  })
})
