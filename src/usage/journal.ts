import { createDatabase, type Statement } from '../db/client.ts'
import { createLog, describeError } from '../lib/log.ts'
import type { SqlStore } from '../lib/migrate.ts'
import { type Charge, type ModelCall, reconcileModelCall } from './model-calls.ts'

export const JOURNAL_SCHEMA = `CREATE TABLE journal (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, messages INTEGER NOT NULL, tokens INTEGER NOT NULL, call TEXT NOT NULL
) WITHOUT ROWID`

/** Entries of one batch, and of one alarm at most. */
const BATCH = 50
const MOST = 500
const RETRY = 60_000

/**
 * What the budget has charged and has not seen in D1 yet. A chat writes its row itself, beside the budget; if that is
 * lost, or says something else than was charged, the journal puts it right with the budget's next alarm.
 */
export class UsageJournal {
  private readonly sql: SqlStore['sql']

  constructor(sql: SqlStore['sql']) {
    this.sql = sql
  }

  /** `call` is JSON; null: nobody said whose charge it is. */
  append({ id, at, messages, tokens }: Charge, call: string | null): void {
    if (call !== null) this.sql.exec('INSERT INTO journal VALUES (?, ?, ?, ?, ?)', id, at, messages, tokens, call)
  }

  /** Compares up to 500 entries with D1 and forgets them. Tells after how many milliseconds to go on. */
  async flush(binding: D1Database): Promise<number> {
    const db = createDatabase(binding)
    try {
      for (let done = 0; done < MOST; done += BATCH) {
        const entries = this.sql.exec<Charge & { call: string }>('SELECT * FROM journal LIMIT ?', BATCH).toArray()
        if (entries.length === 0) return Infinity
        const statements = entries.map(({ call, ...charge }) =>
          reconcileModelCall(db, JSON.parse(call) as ModelCall, charge),
        )
        await db.batch(statements as [Statement, ...Statement[]])
        for (const { id } of entries) this.sql.exec('DELETE FROM journal WHERE id = ?', id)
      }
      return 1_000
    } catch (error) {
      createLog('budget')('error', 'journal_not_flushed', { error: describeError(error) })
      return RETRY
    }
  }
}
