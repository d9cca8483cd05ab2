import type { Database, Statement } from '../db/client.ts'
import type { SqlStore } from '../lib/migrate.ts'
import { type Charge, type ModelCall, reconcileModelCall } from './model-calls.ts'

export const JOURNAL_SCHEMA = `CREATE TABLE journal (
  id TEXT PRIMARY KEY, at INTEGER NOT NULL, messages INTEGER NOT NULL, tokens INTEGER NOT NULL, call TEXT NOT NULL
) WITHOUT ROWID`

/** Entries of one batch, and of one alarm at most. */
const BATCH = 50
const MOST = 500

/**
 * What the budget has charged and has not seen in D1 yet. A chat writes its row itself, beside the budget; if that is
 * lost, or says something else than was charged, the journal puts it right with the budget's next alarm.
 */
export class UsageJournal {
  private readonly sql: SqlStore['sql']

  constructor(sql: SqlStore['sql']) {
    this.sql = sql
  }

  get isEmpty(): boolean {
    return this.sql.exec('SELECT 1 AS found FROM journal LIMIT 1').toArray().length === 0
  }

  append({ id, at, messages, tokens }: Charge, call: ModelCall): void {
    this.sql.exec('INSERT INTO journal VALUES (?, ?, ?, ?, ?)', id, at, messages, tokens, JSON.stringify(call))
  }

  /** Compares up to 500 entries with D1 and forgets them; true when there are more. Throws when D1 cannot be reached. */
  async flush(db: Database): Promise<boolean> {
    for (let done = 0; done < MOST; done += BATCH) {
      const entries = this.sql.exec<Charge & { call: string }>('SELECT * FROM journal LIMIT ?', BATCH).toArray()
      if (entries.length === 0) return false
      const statements = entries.map(({ call, ...charge }) =>
        reconcileModelCall(db, JSON.parse(call) as ModelCall, charge),
      )
      await db.batch(statements as [Statement, ...Statement[]])
      for (const { id } of entries) this.sql.exec('DELETE FROM journal WHERE id = ?', id)
    }
    return true
  }
}
