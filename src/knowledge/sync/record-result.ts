import { judgeLink } from '../crawl/frontier.ts'
import type { Page, PageResult } from '../crawl/page.ts'
import type { PageRow } from './journal.ts'
import { claim, confirm, confirmRefusal, documentIdOf, put, REFUSALS } from './publish.ts'
import { backOff, frontierSize, MAX_ATTEMPTS, save, scopeOf, type SiteWork } from './site-work.ts'

const MAX_HOPS = 5
const MAX_HOSTS = 4
/** However long a site asks us to stay away, a run looks again after this. */
const MAX_PAUSE = 600_000

/** Writes down what became of a page, and lets the index know if its content is new. */
export async function recordResult(work: SiteWork, row: PageRow, result: PageResult): Promise<void> {
  const { journal, run } = work
  const transact = (change: () => void) =>
    journal.transact(() => {
      run.bytes += result.bytes
      change()
      save(work)
    })
  switch (result.kind) {
    case 'page':
      return recordPage(work, row, result)
    case 'not-modified':
      return transact(() => keep(work, row))
    case 'redirect':
      return transact(() => {
        skip(work, row, 'redirect')
        addRedirect(work, row, result.to)
      })
    case 'skipped':
      return transact(() => {
        skip(work, row, result.reason)
        addLinks(work, row, result.links)
      })
    case 'failed':
      return transact(() => fail(work, row, result))
  }
}

type Seen = Extract<PageResult, { kind: 'page' }>

async function recordPage(work: SiteWork, row: PageRow, { page, links, canonical, bytes }: Seen): Promise<void> {
  const { journal, run, config } = work
  const document = await documentIdOf(config.sourceId, row.url)
  if (!work.isCurrent()) return
  const isNew = journal.transact(() => {
    run.bytes += bytes
    addLinks(work, row, links)
    const isClaimed = judgeContent(work, row, page, canonical) && !isUnchanged(work, row, page)
    if (isClaimed) claim(journal, row, document, page.hash)
    save(work)
    return isClaimed
  })
  if (!isNew) return
  const { title, format, content, hash } = page
  let stored: Awaited<ReturnType<typeof put>>
  try {
    stored = await put(work.index, config, document, { title, format, content, url: row.url })
  } catch {
    // The index is restarting or overloaded; the claim stays, so a later put or removal finds the document.
    if (!work.isCurrent()) return
    return journal.transact(() => fail(work, row, { kind: 'failed', reason: 'index', retryable: true }))
  }
  journal.transact(() => {
    if (typeof stored === 'string') {
      confirmRefusal(journal, row)
      if (stored === 'full') run.limit = 'documents'
      if (!work.isCurrent()) return
      skip(work, row, REFUSALS[stored])
      save(work)
      return
    }
    confirm(journal, row, hash, stored)
    const { etag = null, lastModified: last_modified = null } = page
    journal.change(row.seq, { etag, last_modified })
    if (!work.isCurrent()) return
    journal.change(row.seq, { state: 'done', title, reason: null, misses: 0, fetched_at: work.now() })
    if (row.indexed_hash === null) run.added++
    else run.updated++
    save(work)
  })
}

/** Whether this page is the one that its content should be found under; otherwise says why not. */
function judgeContent(work: SiteWork, row: PageRow, page: Page, canonical: string | undefined): boolean {
  const { journal, config } = work
  if (canonical && row.requeued === 0 && !judgeLink(canonical, row.depth, scopeOf(work))) {
    journal.addPage(canonical, row.depth, 0, frontierSize(work))
    const own = journal.find(canonical)
    if (own && (own.state === 'pending' || own.state === 'done')) {
      skip(work, row, 'canonical', { same_as: own.seq, title: page.title })
      return false
    }
  }
  const same = journal.findSame(page.hash, row.seq)
  if (same !== undefined) {
    skip(work, row, 'duplicate', { same_as: same, content_hash: page.hash, title: page.title })
    return false
  }
  if (journal.taken() >= config.site.maxPages && row.document === null) {
    skip(work, row, 'page-limit')
    return false
  }
  if (work.room <= 0 && row.document === null) {
    skip(work, row, 'document-limit')
    work.run.limit = 'documents'
    return false
  }
  if (row.document === null) work.room--
  return true
}

function isUnchanged(work: SiteWork, row: PageRow, page: Page): boolean {
  if (row.in_flight !== 0 || row.document === null || row.indexed_hash !== page.hash) return false
  work.journal.change(row.seq, { etag: page.etag ?? null, last_modified: page.lastModified ?? null })
  finishUnchanged(work, row)
  return true
}

/** The site says that nothing changed; but another page may have taken this content over in the meantime. */
function keep(work: SiteWork, row: PageRow): void {
  const same = row.content_hash === null ? undefined : work.journal.findSame(row.content_hash, row.seq)
  if (same === undefined) finishUnchanged(work, row)
  else skip(work, row, 'duplicate', { same_as: same })
}

function finishUnchanged({ journal, run, now }: SiteWork, row: PageRow): void {
  journal.change(row.seq, { state: 'done', reason: null, misses: 0, fetched_at: now() })
  run.unchanged++
}

function skip({ journal, now }: SiteWork, row: PageRow, reason: string, more: Partial<PageRow> = {}): void {
  const misses = reason === 'not-found' ? row.misses + 1 : 0
  journal.change(row.seq, { ...more, state: 'skipped', reason, misses, fetched_at: now() })
}

type Failure = { kind: 'failed'; reason: string; retryable: boolean; retryAfter?: number }

function fail({ journal, run, now }: SiteWork, row: PageRow, { reason, retryable, retryAfter }: Failure): void {
  if (retryAfter) run.notBefore = Math.max(run.notBefore, now() + Math.min(retryAfter, MAX_PAUSE))
  if (!retryable || row.attempts >= MAX_ATTEMPTS) {
    journal.change(row.seq, { state: 'failed', reason, fetched_at: now() })
  } else {
    journal.change(row.seq, { reason, next_at: Math.max(now() + backOff(row.attempts), run.notBefore) })
  }
}

function addLinks(work: SiteWork, row: PageRow, links: readonly string[]): void {
  const { journal } = work
  const scope = scopeOf(work)
  const depth = row.depth + 1
  for (const link of links) {
    if (judgeLink(link, depth, scope)) continue
    journal.addPage(link, depth, 0, frontierSize(work))
  }
}

/** Where the start leads is the site as well: `example.com` often lives on `docs.example.com`. */
function addRedirect(work: SiteWork, row: PageRow, to: string): void {
  const { journal, run } = work
  const { host } = new URL(to)
  if (row.depth === 0 && !run.hosts.includes(host) && run.hosts.length < MAX_HOSTS) run.hosts.push(host)
  if (row.hops >= MAX_HOPS || judgeLink(to, row.depth, scopeOf(work))) return
  journal.addPage(to, row.depth, row.hops + 1, frontierSize(work))
}
