import { type SQL, sql } from 'drizzle-orm'
import type { Database, Statement } from './client.ts'

/**
 * A statement that undoes its batch when `count` (a query of one number) gives more than `limit`. Reading a count and
 * inserting afterwards would let two requests at the same moment pass both; a batch is one transaction. SQLite can
 * raise an error only in triggers, so the statement parses what is no JSON.
 */
export function atMost(db: Database, limit: number, count: SQL): Statement {
  const fits = sql`json(case when (${count}) > ${limit} then '{' else '0' end)`
  // Drizzle takes no raw statement into a D1 batch, and no select without a table.
  return db.select({ fits }).from(sql`(select 1)`)
}

/** Whether a batch failed because of `atMost`. */
export function isOverLimit(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('malformed JSON')) return true
  }
  return false
}
