import { Problem } from '../../lib/problem.ts'
import type { Sql, SqlStore } from '../../lib/migrate.ts'
import type { VectorIndex } from './vector-index.ts'

/** Vectors compare only within one space; `store` tells where they are kept, as moving them means making them anew. */
export interface EmbeddingSpace {
  model: string
  dimensions: number
  store: 'embedded' | 'vectorize'
}

export interface EmbeddingJob {
  /** Never used again: a chunk that was replaced in the meantime has another job, though perhaps the same chunk id. */
  id: number
  chunkId: number
  document: number
  /** The chunk under its title and headings. */
  text: string
  attempts: number
}

export interface EmbeddingProgress {
  /** Undefined when nothing is embedded. */
  space: EmbeddingSpace | undefined
  done: number
  pending: number
  /** Given up after `MOST_ATTEMPTS`; lexical search finds them. They get another chance after an outage and each day. */
  failed: number
  /** Why the last request was in vain; undefined once one was not. */
  error: string | undefined
}

const MOST_ATTEMPTS = 6
/** A job that never came back is taken again after this; longer than an embedder may take. */
const LEASE = 120_000
/** After so many failures in a row it was not the texts: what was given up meanwhile is tried again. */
const OUTAGE = 3
const REVIVED_ATTEMPTS = 3
const DAY = 86_400_000
const FIRST_DELAY = 5_000
const LONGEST_DELAY = 3_600_000
/** A key does not mend itself in seconds. */
const KEY_DELAY = 600_000

type JobRow = {
  id: number
  chunk: number
  document: number
  attempts: number
  title: string
  headings: string
  text: string
}
type SpaceRow = {
  model: string
  dimensions: number
  store: string
  outages: number
  paused_until: number
  error: string | null
}

/**
 * Which chunks still need a vector in the present space; times are epoch milliseconds. `add` and `remove` belong into the
 * transaction that changes the document. The tables are those of `SCHEMA` and `VECTOR_SCHEMA`.
 */
export class EmbeddingQueue {
  readonly #storage: SqlStore
  readonly #sql: Sql

  constructor(storage: SqlStore) {
    this.#storage = storage
    this.#sql = storage.sql
  }

  /** From now on chunks are embedded so. Another space than before drops all vectors and marks every chunk: true. */
  use(space: EmbeddingSpace | undefined, vectors: Pick<VectorIndex, 'clear'>): boolean {
    const before = this.#space()
    const same =
      before?.model === space?.model && before?.dimensions === space?.dimensions && before?.store === space?.store
    if (same) return false
    this.#storage.transactionSync(() => {
      vectors.clear()
      this.#sql.exec('delete from embeddings')
      this.#sql.exec('delete from embedding_space')
      if (space === undefined) return
      const { model, dimensions, store } = space
      this.#sql.exec('insert into embedding_space values (1, ?, ?, ?, 0, 0, null)', model, dimensions, store)
      this.#mark('order by id')
    })
    return true
  }

  /** Marks the chunks of a document that are new. */
  add(document: number): void {
    if (this.#space() === undefined) return
    this.#mark('where document = ? order by id', document)
  }

  remove(chunkIds: readonly number[]): void {
    this.#sql.exec('delete from embeddings where chunk in (select value from json_each(?))', JSON.stringify(chunkIds))
  }

  /** For an object that has just come up: whoever had taken jobs is gone. */
  release(): void {
    this.#sql.exec(`update embeddings set state = 'pending', due = 0 where state = 'taken'`)
  }

  /**
   * Jobs that are due, at most `limit`: those never tried first. Those that failed come in ever smaller batches, as one
   * text that the model refuses fails its whole batch.
   */
  take(limit: number, now: number): EmbeddingJob[] {
    if ((this.#space()?.paused_until ?? Infinity) > now) return []
    const rows = this.#sql
      .exec<JobRow>(
        `select e.id, e.chunk, c.document, e.attempts, d.title, c.headings, c.text
         from embeddings e join chunks c on c.id = e.chunk join documents d on d.rowid = c.document
         where e.state in ('pending', 'taken', 'failed') and e.due <= ? order by e.attempts, e.due, e.id limit ?`,
        now,
        limit,
      )
      .toArray()
    const tried = rows[0]?.attempts ?? 0
    const jobs = rows
      .filter(({ attempts }) => attempts === tried)
      .slice(0, Math.max(1, Math.floor(limit / 4 ** Math.min(tried, MOST_ATTEMPTS))))
      .map((row) => ({
        id: row.id,
        chunkId: row.chunk,
        document: row.document,
        text: textOf(row),
        attempts: tried + 1,
      }))
    const query = `update embeddings set state = 'taken', attempts = attempts + 1, due = ?
      where id in (select value from json_each(?))`
    this.#sql.exec(query, now + LEASE, idsOf(jobs))
    return jobs
  }

  /** Those of the jobs whose chunk is still what it was when they were taken. */
  current(jobs: readonly EmbeddingJob[]): Set<number> {
    const query = `select id from embeddings where state = 'taken' and id in (select value from json_each(?))`
    const rows = this.#sql.exec<{ id: number }>(query, idsOf(jobs)).toArray()
    return new Set(rows.map(({ id }) => id))
  }

  /** Their vectors are stored. */
  done(jobs: readonly Pick<EmbeddingJob, 'id'>[]): void {
    this.#sql.exec(`update embeddings set state = 'done' where id in (select value from json_each(?))`, idsOf(jobs))
    const isOver = (this.#space()?.outages ?? 0) >= OUTAGE
    this.#sql.exec('update embedding_space set outages = 0, paused_until = 0, error = null')
    if (isOver) this.#revive(REVIVED_ATTEMPTS)
  }

  /**
   * They will be tried again, later and later. Only an answer that was no good counts against the jobs; any other error
   * is an outage, from which everything waits and nothing is given up.
   */
  fail(jobs: readonly EmbeddingJob[], error: unknown, now: number): void {
    const code = error instanceof Problem ? error.code : undefined
    const outages = (this.#space()?.outages ?? 0) + 1
    const asked = error instanceof Problem ? (error.options.retryAfter ?? 0) * 1_000 : 0
    const least = code === 'PROVIDER_KEY_INVALID' || code === 'PROVIDER_KEY_MISSING' ? KEY_DELAY : asked
    const pause = Math.max(least, delay(outages))
    this.#storage.transactionSync(() => {
      const told = 'update embedding_space set outages = ?, paused_until = ?, error = ?'
      this.#sql.exec(told, outages, Math.round(now + pause), code ?? 'UNAVAILABLE')
      for (const { id, attempts } of jobs) {
        const counted = code === 'PROVIDER_ERROR' ? attempts : attempts - 1
        const state = counted >= MOST_ATTEMPTS ? 'failed' : 'pending'
        const wait = state === 'failed' ? DAY : code === 'PROVIDER_ERROR' ? delay(attempts) : 0
        const due = Math.round(now + wait)
        this.#sql.exec('update embeddings set state = ?, attempts = ?, due = ? where id = ?', state, counted, due, id)
      }
    })
  }

  /** A key or a setting was changed: nothing waits any longer, and nothing is given up. */
  retry(): void {
    this.#sql.exec('update embedding_space set outages = 0, paused_until = 0')
    this.#sql.exec(`update embeddings set due = 0 where state = 'pending'`)
    this.#revive(0)
  }

  /** When `take` next has something; undefined when nothing is left to do. */
  nextDue(): number | undefined {
    const query = `select min(due) as due from embeddings where state in ('pending', 'taken', 'failed')`
    const due = this.#sql.exec<{ due: number | null }>(query).toArray()[0]?.due
    return due === null || due === undefined ? undefined : Math.max(due, this.#space()?.paused_until ?? 0)
  }

  progress(): EmbeddingProgress {
    const query = 'select state, count(*) as count from embeddings group by state'
    const rows = this.#sql.exec<{ state: string; count: number }>(query).toArray()
    const count = (state: string): number => rows.find((row) => row.state === state)?.count ?? 0
    const row = this.#space()
    const space = row && {
      model: row.model,
      dimensions: row.dimensions,
      store: row.store === 'vectorize' ? ('vectorize' as const) : ('embedded' as const),
    }
    return {
      space,
      done: count('done'),
      pending: count('pending') + count('taken'),
      failed: count('failed'),
      error: row?.error ?? undefined,
    }
  }

  #space(): SpaceRow | undefined {
    return this.#sql.exec<SpaceRow>('select * from embedding_space').toArray()[0]
  }

  /** Passes over what is marked already. */
  #mark(which: string, ...bindings: number[]): void {
    this.#sql.exec(
      `insert or ignore into embeddings (chunk, state, attempts, due) select id, 'pending', 0, 0 from chunks ${which}`,
      ...bindings,
    )
  }

  #revive(attempts: number): void {
    this.#sql.exec(`update embeddings set state = 'pending', attempts = ?, due = 0 where state = 'failed'`, attempts)
  }
}

/** Doubles with every time; spread by a fifth so that the agents of an organization do not come back together. */
function delay(times: number): number {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (times - 1)) * (1 + Math.random() / 5)
}

function textOf({ title, headings, text }: JobRow): string {
  const above: unknown = JSON.parse(headings)
  return [title, ...(Array.isArray(above) ? above : []), text].join('\n')
}

function idsOf(jobs: readonly { id: number }[]): string {
  return JSON.stringify(jobs.map(({ id }) => id))
}
