import type { SqlStore } from '../../lib/migrate.ts'
import { judgeLink, normalizeUrl } from '../crawl/frontier.ts'
import { fetchPage } from '../crawl/page.ts'
import type { PageRow } from './journal.ts'
import { startOf } from './open.ts'
import { roomIn, withdraw } from './publish.ts'
import { describeReason } from './reasons.ts'
import { recordResult } from './record-result.ts'
import { SiteRules } from './site-rules.ts'
import { backOff, frontierSize, MAX_ATTEMPTS, save, scopeOf, type SiteWork } from './site-work.ts'
import type { Limit } from './source.ts'

/** Per host; the site's pace counts more than ours. */
const LANES = 2
/** A step waits at most about so long between requests, so that an alarm is never a long one. */
const STEP = 10_000
const MAX_BATCH = 20
const SWEPT_AT_ONCE = 50

/** One small step of a crawl. Whatever it does is in the journal, so the next step may happen in another life. */
export async function stepSite(work: SiteWork, storage: SqlStore): Promise<void> {
  const { journal, run, config } = work
  const rules = new SiteRules(storage, work.outbound)
  const limit = exceededLimit(work)
  if (limit) {
    journal.transact(() => {
      journal.skipPending(limit === 'pages' ? 'page-limit' : 'limit')
      run.limit = limit
      save(work)
    })
  }
  if (await readRules(work, rules)) return
  const batch = journal.due(work.now(), batchSize(config.site.delay))
  if (batch.length > 0) {
    work.room = await roomIn(work.index, config)
    return visitAll(work, rules, batch)
  }
  if (journal.nextDue() !== undefined) return
  if (!run.limit && journal.requeueOrphans() > 0) return
  const vanished = journal.vanished(SWEPT_AT_ONCE)
  await withdraw(work.index, journal, vanished)
  if (!work.isCurrent()) return
  journal.transact(() => {
    run.removed += vanished.length
    if (vanished.length === 0) finish(work)
    journal.save(run)
  })
}

const batchSize = (delay: number) => Math.max(1, Math.min(MAX_BATCH, Math.floor(STEP / Math.max(delay, 1))))

function exceededLimit({ config: { site }, run, journal, now }: SiteWork): Limit | undefined {
  if (journal.nextDue() === undefined) return undefined
  if (now() - run.startedAt > site.maxMinutes * 60_000) return 'time'
  if (run.bytes >= site.maxBytes) return 'bytes'
  return journal.counts().done >= site.maxPages ? 'pages' : undefined
}

/** Reads the start's robots.txt and the sitemaps before the pages; true when this was the step. */
async function readRules(work: SiteWork, rules: SiteRules): Promise<boolean> {
  const { journal, run, config } = work
  if (config.site.maxDepth === 0 || journal.nextDue() === undefined) return false
  const robots = await rules.robotsFor(config.site.url)
  if (!work.isCurrent()) return true
  if (robots === 'wait') return pause(work)
  if ('closed' in robots) return false
  const sitemap = await rules.nextSitemap()
  if (!work.isCurrent()) return true
  if (sitemap === 'later') return pause(work)
  if (sitemap === undefined) return false
  const scope = scopeOf(work)
  journal.transact(() => {
    for (const page of sitemap.pages) {
      const url = normalizeUrl(page)
      if (!url || judgeLink(url, 1, scope)) continue
      if (!journal.addPage(url, 1, 0, frontierSize(work))) break
    }
    rules.sitemapRead(sitemap.url)
    run.bytes += sitemap.bytes
    run.requests++
    save(work)
  })
  return true
}

function pause(work: SiteWork): true {
  work.run.notBefore = Math.max(work.run.notBefore, work.now() + backOff(1))
  save(work)
  return true
}

async function visitAll(work: SiteWork, rules: SiteRules, batch: PageRow[]): Promise<void> {
  const waiting = [...batch]
  const end = work.now() + 2 * STEP
  let next = work.run.notBefore
  const lane = async () => {
    for (let row = waiting.shift(); row && work.isCurrent() && work.now() < end; row = waiting.shift()) {
      const robots = await rules.robotsFor(row.url)
      if (robots === 'wait') {
        pause(work)
        return
      }
      const delay = Math.max(work.config.site.delay, 'closed' in robots ? 0 : robots.delay)
      const start = Math.max(work.now(), next)
      // The site wants to be left alone for longer than a step lasts: the next alarm goes on.
      if (start - work.now() > STEP) return
      next = start + delay
      if (start > work.now()) await new Promise((resolve) => setTimeout(resolve, start - work.now()))
      if (work.isCurrent()) await visit(work, row, robots)
      next = Math.max(next, work.run.notBefore)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  if (!work.isCurrent()) return
  work.run.notBefore = Math.max(work.run.notBefore, next)
  save(work)
}

async function visit(
  work: SiteWork,
  row: PageRow,
  robots: Exclude<Awaited<ReturnType<SiteRules['robotsFor']>>, 'wait'>,
) {
  const { journal, run } = work
  const end = (state: 'failed' | 'skipped', reason: string) => journal.change(row.seq, { state, reason })
  // The start may be anywhere in its site; all else must fit the scope as it is now, which may not be that of old.
  const reason = row.depth === 0 ? undefined : judgeLink(row.url, row.depth, scopeOf(work))
  if (reason) return end('skipped', reason)
  if ('closed' in robots) return end('failed', robots.closed || 'robots')
  if (!robots.allows(row.url)) return end('skipped', 'robots')
  if (row.attempts >= MAX_ATTEMPTS) return end('failed', row.reason ?? 'interrupted')
  // Counted before it begins, so that a page that kills us is given up after the third time.
  const attempts = row.attempts + 1
  journal.transact(() => {
    journal.change(row.seq, { attempts, next_at: work.now() + backOff(attempts) })
    run.requests++
    save(work)
  })
  const isIndexed = row.document !== null && row.in_flight === 0 && row.indexed_hash !== null
  const conditions = isIndexed ? { etag: row.etag ?? undefined, lastModified: row.last_modified ?? undefined } : {}
  const result = await fetchPage(work.outbound, {
    url: row.url,
    signal: work.signal,
    readPdf: work.readPdf,
    ...conditions,
  })
  if (work.isCurrent()) await recordResult(work, { ...row, attempts }, result)
}

function finish({ journal, run, config, now }: SiteWork): void {
  const { done } = journal.counts()
  const start = journal.find(startOf(config))
  run.finishedAt = now()
  run.state = done > 0 ? 'finished' : 'failed'
  if (done === 0) {
    const code = start?.reason ?? 'empty'
    run.error = { code, message: `No page could be read. ${describeReason(code)}` }
  }
}
