import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1'
import type { BatchItem } from 'drizzle-orm/batch'

export type Database = DrizzleD1Database
/** One statement of a batch. D1 runs a batch as one transaction: all of it happens or nothing. */
export type Statement = BatchItem<'sqlite'>

export function createDatabase(binding: D1Database): Database {
  return drizzle(binding)
}
