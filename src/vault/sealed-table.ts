import { type SQL, asc, getTableName, gt, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Database } from '../db/client.ts'

/** A table with secrets in its column `sealed`. Its room gives it out; `sealed-tables.ts` holds all of them. */
export type SealedTable = {
  table: SQLiteTable & { orgId: SQLiteColumn; sealed: SQLiteColumn }
  /** Names a row within its organization. */
  rowId: SQLiteColumn
}

/** What a row's secret is sealed to (`org|table|column|row`): a ciphertext copied elsewhere does not open. */
export function placeIn({ table }: SealedTable, orgId: string, rowId: string): string {
  return `${orgId}|${getTableName(table)}|sealed|${rowId}`
}

/** The id of the key-encryption key in SQL, letter by letter as in the index of each such table. */
export function keyIdIn({ table: { sealed } }: SealedTable): SQL<string> {
  return sql<string>`substr(${sealed}, 4, instr(substr(${sealed}, 4), '.') - 1)`
}

/** More ids than anybody rotates through; also ends what a damaged table would make endless. */
const MAX_KEY_IDS = 50

/** The ids of the keys that secrets of the table are sealed with: one look into the index for each. */
export async function keyIdsIn(db: Database, table: SealedTable): Promise<string[]> {
  const found: string[] = []
  const keyId = keyIdIn(table)
  while (found.length < MAX_KEY_IDS) {
    const next = db.select({ keyId }).from(table.table).orderBy(asc(keyId)).limit(1)
    const [row] = await (found.length === 0 ? next : next.where(gt(keyId, found.at(-1) ?? '')))
    if (!row) break
    found.push(row.keyId)
  }
  return found
}

/** How many secrets of the table each key has sealed. Reads the whole index. */
export async function countByKey(db: Database, table: SealedTable): Promise<{ keyId: string; count: number }[]> {
  const keyId = keyIdIn(table)
  return db
    .select({ keyId, count: sql<number>`count(*)` })
    .from(table.table)
    .groupBy(keyId)
}
