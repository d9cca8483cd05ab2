import { FetchFailure } from '../../lib/fetch-failure.ts'
import { type Outbound } from '../../lib/outbound.ts'
import { type SafeAnswer, safeFetch } from '../../lib/safe-fetch.ts'
import { MAX_ROBOTS, readRobots, type Robots, robotsVerdict } from '../crawl/robots.ts'
import { MAX_SITEMAP_BYTES, readSitemap, type Sitemap } from '../crawl/sitemap.ts'
import type { SqlStore } from '../../lib/migrate.ts'

const TIMEOUT = 15_000
const MAX_ATTEMPTS = 3
const MAX_SITEMAPS = 100
const MAX_LEVEL = 3
/** Of a robots.txt; what is longer is no such file. */
const MAX_FILE = 4 * 1024 * 1024

const NO_RULES: Robots = { allows: () => true, delay: 0, sitemaps: [] }

const NO_SITEMAP: { sitemap: Sitemap; bytes: number } = { sitemap: { pages: [], sitemaps: [] }, bytes: 0 }

type RobotsVerdict = ReturnType<typeof robotsVerdict> | 'closed'
/** `text` is the file, or the reason why there is none. */
type RobotsRow = { text: string | null; verdict: RobotsVerdict; attempts: number }

/** What the site says about itself, kept for one run: robots.txt of each origin, and which sitemaps are still to read. */
export class SiteRules {
  readonly #storage: SqlStore
  readonly #sql: SqlStore['sql']
  readonly #outbound: Outbound
  readonly #read = new Map<string, Robots>()

  constructor(storage: SqlStore, outbound: Outbound) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#outbound = outbound
  }

  /**
   * The rules for an address; `wait` while the site cannot tell them and is asked again, and `closed` with the reason
   * when it could not three times: then nothing of it is read (RFC 9309, 2.3.1.4).
   */
  async robotsFor(address: string): Promise<Robots | 'wait' | { closed: string }> {
    const { origin } = new URL(address)
    const known = this.#read.get(origin)
    if (known) return known
    const query = 'select text, verdict, attempts from robots where origin = ?'
    const [stored] = this.#sql.exec<RobotsRow>(query, origin).toArray()
    if (stored?.verdict === 'read' || stored?.verdict === 'allow') return this.#remember(origin, stored.text)
    const attempts = (stored?.attempts ?? 0) + 1
    if (stored && (stored.verdict === 'closed' || attempts > MAX_ATTEMPTS)) return { closed: stored.text ?? '' }
    const { verdict, text } = await this.#fetchRobots(origin)
    const robots = verdict === 'read' || verdict === 'allow' ? this.#remember(origin, text) : undefined
    this.#storage.transactionSync(() => {
      this.#sql.exec('insert or replace into robots values (?, ?, ?, ?)', origin, text, verdict, attempts)
      const sitemaps = robots?.sitemaps.length === 0 ? [`${origin}/sitemap.xml`] : (robots?.sitemaps ?? [])
      for (const sitemap of sitemaps) this.#addSitemap(sitemap, 0)
    })
    if (robots) return robots
    return verdict === 'closed' || attempts === MAX_ATTEMPTS ? { closed: text ?? '' } : 'wait'
  }

  /** Reads the next sitemap, or says that it is to be tried `later`; undefined when all are read. */
  async nextSitemap(): Promise<{ url: string; pages: string[]; bytes: number } | 'later' | undefined> {
    const query = 'select url, level, attempts from sitemaps where read = 0 order by level, url limit 1'
    const [row] = this.#sql.exec<{ url: string; level: number; attempts: number }>(query).toArray()
    if (!row) return undefined
    const { url, level, attempts } = row
    // Counted before it is read: a file that we could not survive is given up in the end.
    this.#sql.exec('update sitemaps set attempts = attempts + 1 where url = ?', url)
    const read = attempts < MAX_ATTEMPTS ? await this.#fetchSitemap(url) : NO_SITEMAP
    if (read === 'busy') return 'later'
    if (level < MAX_LEVEL) for (const child of read.sitemap.sitemaps) this.#addSitemap(child.url, level + 1)
    return { url, pages: read.sitemap.pages.map((page) => page.url), bytes: read.bytes }
  }

  /** To be called in the transaction that adds its pages. */
  sitemapRead(url: string): void {
    this.#sql.exec('update sitemaps set read = 1 where url = ?', url)
  }

  #remember(origin: string, text: string | null): Robots {
    const robots = text === null ? NO_RULES : readRobots(`${origin}/robots.txt`, text)
    this.#read.set(origin, robots)
    return robots
  }

  #addSitemap(url: string, level: number): void {
    const [{ count } = { count: 0 }] = this.#sql
      .exec<{ count: number }>('select count(*) as count from sitemaps')
      .toArray()
    if (count < MAX_SITEMAPS) this.#sql.exec(`insert or ignore into sitemaps values (?, ?, 0, 0)`, url, level)
  }

  async #fetchRobots(origin: string): Promise<{ verdict: RobotsVerdict; text: string | null }> {
    const url = `${origin}/robots.txt`
    let answer: SafeAnswer | undefined
    try {
      answer = await safeFetch(this.#outbound, { url, allowHttp: true, redirects: 5, timeout: TIMEOUT })
      const verdict = robotsVerdict(answer.status)
      if (verdict !== 'read') return { verdict, text: verdict === 'wait' ? 'server-error' : null }
      return { verdict, text: new TextDecoder().decode(await answer.read(MAX_FILE)).slice(0, MAX_ROBOTS) }
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error
      return { verdict: error.retryable ? 'wait' : 'closed', text: error.reason }
    } finally {
      answer?.cancel()
    }
  }

  async #fetchSitemap(url: string): Promise<typeof NO_SITEMAP | 'busy'> {
    let answer: SafeAnswer | undefined
    try {
      answer = await safeFetch(this.#outbound, { url, allowHttp: true, redirects: 5, timeout: TIMEOUT })
      if (answer.status === 429 || answer.status >= 500) return 'busy'
      if (answer.status !== 200) return NO_SITEMAP
      const bytes = await answer.read(MAX_SITEMAP_BYTES)
      return { sitemap: readSitemap(bytes), bytes: bytes.length }
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error
      return error.retryable ? 'busy' : NO_SITEMAP
    } finally {
      answer?.cancel()
    }
  }
}
