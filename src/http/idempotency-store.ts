import { DurableObject } from 'cloudflare:workers'
import { migrate } from '../lib/migrate.ts'

const KEPT = 24 * 3600_000
/** A request that neither completed nor gave up within this time died with its isolate. */
const RUNNING = 150_000

export type Begin = { state: 'new' } | { state: 'running' } | { state: 'mismatch' } | { state: 'done'; sealed: string }

type Row = { fingerprint: string; sealed: string | null; expires_at: number }

/**
 * Remembers the requests of one credential that carried an Idempotency-Key. One object decides for all of them, so
 * of two equal requests at the same moment exactly one runs. Answers are stored sealed: they may hold secrets.
 */
export class IdempotencyStore extends DurableObject<Env> {
  private readonly sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.sql = ctx.storage.sql
    migrate(ctx.storage, [
      `CREATE TABLE requests (
         key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, sealed TEXT, expires_at INTEGER NOT NULL
       ) WITHOUT ROWID`,
    ])
  }

  async begin(key: string, fingerprint: string): Promise<Begin> {
    const now = Date.now()
    const [row] = this.sql
      .exec<Row>('SELECT fingerprint, sealed, expires_at FROM requests WHERE key = ? AND expires_at > ?', key, now)
      .toArray()
    if (row && row.fingerprint !== fingerprint) return { state: 'mismatch' }
    if (row?.sealed) return { state: 'done', sealed: row.sealed }
    if (row) return { state: 'running' }
    this.sql.exec('INSERT OR REPLACE INTO requests VALUES (?, ?, NULL, ?)', key, fingerprint, now + RUNNING)
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(now + KEPT)
    return { state: 'new' }
  }

  async complete(key: string, sealed: string): Promise<void> {
    this.sql.exec('UPDATE requests SET sealed = ?, expires_at = ? WHERE key = ?', sealed, Date.now() + KEPT, key)
  }

  /** Forgets a request that did no work, so that it may be tried again under the same key. */
  async abandon(key: string): Promise<void> {
    this.sql.exec('DELETE FROM requests WHERE key = ? AND sealed IS NULL', key)
  }

  override async alarm(): Promise<void> {
    this.sql.exec('DELETE FROM requests WHERE expires_at <= ?', Date.now())
    const [row] = this.sql.exec<{ next: number | null }>('SELECT MIN(expires_at) AS next FROM requests').toArray()
    if (row?.next) await this.ctx.storage.setAlarm(Math.max(row.next, Date.now() + 60_000))
  }
}
