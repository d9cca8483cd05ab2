import { migrate, type Sql, type SqlStore, type SqlValue } from '../../lib/migrate.ts'
import { JOURNAL_SCHEMA } from './schema.ts'
import type { Config, PageState, PageStatus, Run } from './source.ts'

export type PageRow = {
  seq: number
  url: string
  state: PageState
  depth: number
  /** Redirects that led here, one after the other. */
  hops: number
  attempts: number
  next_at: number
  title: string | null
  reason: string | null
  etag: string | null
  last_modified: string | null
  /** Of the content last seen. */
  content_hash: string | null
  /** Of the content that is in the index for certain, unless `in_flight`. */
  indexed_hash: string | null
  /** A put was begun and not confirmed. */
  in_flight: number
  /** Id of the document that is, or may be, in the index. */
  document: string | null
  /** Of that document. */
  chunks: number
  same_as: number | null
  requeued: number
  misses: number
  fetched_at: number | null
}

type PageChange = Partial<Omit<PageRow, 'seq' | 'url'>>

/** Pages gone for so many syncs are forgotten, so that dead links do not fill the frontier. */
const MAX_MISSES = 5
/** A site that is closed to us for a day, or a run that was cut short, must not empty the knowledge. */
const KEEPING = `'forbidden', 'limit'`

/** The memory of one source: what is to be fetched, what was, and which documents came of it. */
export class Journal {
  readonly #storage: SqlStore
  readonly #sql: Sql

  constructor(storage: SqlStore) {
    migrate(storage, JOURNAL_SCHEMA)
    this.#storage = storage
    this.#sql = storage.sql
  }

  transact<Result>(change: () => Result): Result {
    return this.#storage.transactionSync(change)
  }

  read(): { config: Config; run: Run } | undefined {
    const [row] = this.#sql.exec<{ config: string; run: string }>('select config, run from source').toArray()
    return row && { config: JSON.parse(row.config) as Config, run: JSON.parse(row.run) as Run }
  }

  write(config: Config, run: Run): void {
    const values = [JSON.stringify(config), JSON.stringify(run)]
    this.#sql.exec('insert or replace into source (id, config, run) values (1, ?, ?)', ...values)
  }

  /** The run alone: what is configured may have changed while a step was under way. */
  save(run: Run): void {
    this.#sql.exec('update source set run = ?', JSON.stringify(run))
  }

  /** Everything known is looked at again in the new run. */
  requeueAll(): void {
    this.#sql.exec('delete from pages where misses >= ? and document is null', MAX_MISSES)
    // Depth 0 is for the start alone, which may be another one now.
    this.#sql.exec(
      `update pages set state = 'pending', attempts = 0, next_at = 0, hops = 0, requeued = 0, same_as = null,
       reason = null, depth = max(depth, 1)`,
    )
    this.#sql.exec('delete from robots')
    this.#sql.exec('delete from sitemaps')
  }

  /** Whether the address is known now: new ones are let in until there are `most`. */
  addPage(url: string, depth: number, hops: number, most: number): boolean {
    const known = this.find(url)
    if (known) {
      if (known.state === 'pending' && known.depth > depth) this.change(known.seq, { depth })
      return true
    }
    const [{ count } = { count: 0 }] = this.#sql
      .exec<{ count: number }>('select count(*) as count from pages')
      .toArray()
    if (count >= most) return false
    this.#sql.exec('insert into pages (url, depth, hops) values (?, ?, ?)', url, depth, hops)
    return true
  }

  find(url: string): PageRow | undefined {
    return this.#sql.exec<PageRow>('select * from pages where url = ?', url).toArray()[0]
  }

  get(seq: number): PageRow | undefined {
    return this.#sql.exec<PageRow>('select * from pages where seq = ?', seq).toArray()[0]
  }

  change(seq: number, change: PageChange): void {
    const entries = Object.entries(change) as [string, SqlValue][]
    const sets = entries.map(([column]) => `${column} = ?`).join(', ')
    this.#sql.exec(`update pages set ${sets} where seq = ?`, ...entries.map(([, value]) => value), seq)
  }

  /** The start, and where it redirects to, come before all others: they say which hosts are the site. */
  due(now: number, limit: number): PageRow[] {
    const query = `select * from pages where state = 'pending' and next_at <= ? and (depth = 0 or not exists (
      select 1 from pages where state = 'pending' and depth = 0)) order by seq limit ?`
    return this.#sql.exec<PageRow>(query, now, limit).toArray()
  }

  /** When the next page is due; undefined when none waits. */
  nextDue(): number | undefined {
    const query = `select min(next_at) as at from pages where state = 'pending' and (depth = 0 or not exists (
      select 1 from pages where state = 'pending' and depth = 0))`
    return this.#sql.exec<{ at: number | null }>(query).toArray()[0]?.at ?? undefined
  }

  /** Another page with this content whose document is, or in this run still may be, in the index. */
  findSame(hash: string, seq: number): number | undefined {
    const query = `select seq from pages where content_hash = ? and seq <> ? and document is not null
      and state <> 'skipped' order by seq limit 1`
    return this.#sql.exec<{ seq: number }>(query, hash, seq).toArray()[0]?.seq
  }

  /** Looks again, once a run, at pages that stood back for another one which in the end is not there. */
  requeueOrphans(): number {
    return this.#sql
      .exec<{ seq: number }>(
        `update pages set state = 'pending', attempts = 0, next_at = 0, requeued = 1
         where state = 'skipped' and requeued = 0 and reason in ('duplicate', 'canonical') and not exists (
           select 1 from pages as other where other.seq = pages.same_as and (
             (other.document is not null and other.state <> 'skipped'
               and (pages.reason = 'canonical' or other.content_hash = pages.content_hash))
             or (pages.reason = 'canonical' and other.reason = 'duplicate')))
         returning seq`,
      )
      .toArray().length
  }

  /** Documents of pages that are not part of the source any more. */
  vanished(limit: number): { seq: number; document: string }[] {
    const query = `select seq, document from pages where document is not null and state = 'skipped'
      and reason not in (${KEEPING}) limit ?`
    return this.#sql.exec<{ seq: number; document: string }>(query, limit).toArray()
  }

  documents(limit: number): { seq: number; document: string }[] {
    const query = 'select seq, document from pages where document is not null limit ?'
    return this.#sql.exec<{ seq: number; document: string }>(query, limit).toArray()
  }

  /** The document is out of the index. */
  forgetDocument(seq: number): void {
    this.change(seq, { document: null, chunks: 0, indexed_hash: null, in_flight: 0, etag: null, last_modified: null })
  }

  skipPending(reason: string): void {
    this.#sql.exec(`update pages set state = 'skipped', reason = ? where state = 'pending'`, reason)
  }

  counts(): Record<PageState, number> {
    const query = 'select state, count(*) as count from pages group by state'
    const rows = this.#sql.exec<{ state: PageState; count: number }>(query).toArray()
    const none = { pending: 0, done: 0, failed: 0, skipped: 0 }
    return { ...none, ...Object.fromEntries(rows.map(({ state, count }) => [state, count])) }
  }

  /** What the source has in the index. */
  holdings(): { documents: number; chunks: number } {
    const query = 'select count(document) as documents, coalesce(sum(chunks), 0) as chunks from pages'
    return this.#sql.exec<{ documents: number; chunks: number }>(query).toArray()[0] ?? { documents: 0, chunks: 0 }
  }

  /** Pages that have, or are about to get, a document in this run. */
  taken(): number {
    const query = `select count(*) as count from pages where state = 'done' or in_flight = 1`
    return this.#sql.exec<{ count: number }>(query).toArray()[0]?.count ?? 0
  }

  list({ state, limit, after = 0 }: { state?: PageState; limit: number; after?: number }): PageStatus[] {
    const rows = this.#sql
      .exec<PageRow>(
        'select * from pages where seq > ? and (? is null or state = ?) order by seq limit ?',
        after,
        state ?? null,
        state ?? null,
        limit,
      )
      .toArray()
    return rows.map((row) => ({
      position: row.seq,
      url: row.url,
      state: row.state,
      title: row.title ?? undefined,
      reason: row.reason ?? undefined,
      documentId: row.document ?? undefined,
      chunks: row.chunks,
      depth: row.depth,
      attempts: row.attempts,
      fetchedAt: row.fetched_at ?? undefined,
    }))
  }
}
