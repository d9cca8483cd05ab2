import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { type Keyring, open, seal } from '../lib/crypto.ts'
import { keyIdIn, keyIdsIn, placeIn, type SealedTable } from './sealed-table.ts'

export type SealedRow = { orgId: string; rowId: string; sealed: string }
type Vault = Pick<Runtime, 'db' | 'keyring'>
export type Sweep = {
  resealed: number
  /** Values that their own key does not open: damaged, copied from elsewhere, or sealed with another key of that id. */
  unopened: number
  /** Ids of keys that are needed and not there. */
  missing: string[]
}

const PAGE = 50
/** Values of one sweep: D1 counts each as a query of the invocation. */
const MOST = 400

/**
 * Seals secrets anew with the current key. Each is replaced only where it still is what was read, so a secret that
 * was changed in between stays; all of one call happen or none. Gives how many could not be opened and stay as they are.
 */
export async function reseal({ db, keyring }: Vault, table: SealedTable, rows: SealedRow[]): Promise<number> {
  const renewed = await Promise.all(rows.map(async (row) => ({ row, sealed: await renew(keyring, table, row) })))
  const statements = renewed.flatMap(({ row, sealed }): Statement[] => {
    if (sealed === undefined) return []
    const isUnchanged = and(
      eq(table.table.orgId, row.orgId),
      eq(table.rowId, row.rowId),
      eq(table.table.sealed, row.sealed),
    )
    return [db.update(table.table).set({ sealed }).where(isUnchanged)]
  })
  const [first, ...more] = statements
  if (first) await db.batch([first, ...more])
  return rows.length - statements.length
}

async function renew(keyring: Keyring, table: SealedTable, row: SealedRow): Promise<string | undefined> {
  const place = placeIn(table, row.orgId, row.rowId)
  const secret = await open(keyring, row.sealed, place).catch(() => undefined)
  return secret === undefined ? undefined : seal(keyring, secret, place)
}

/** Seals what older keys have sealed with the current one, a bounded number of values a call. Harmless to repeat. */
export async function sweepSealed(vault: Vault, tables: readonly SealedTable[]): Promise<Sweep> {
  const { db, keyring } = vault
  const done: Sweep = { resealed: 0, unopened: 0, missing: [] }
  const missing = new Set<string>()
  let left = MOST
  for (const table of tables) {
    for (const keyId of await keyIdsIn(db, table)) {
      if (!keyring.keys.has(keyId)) missing.add(keyId)
      else if (keyId !== keyring.current) left = await sweepKey(vault, table, keyId, left, done)
    }
  }
  return { ...done, missing: [...missing] }
}

async function sweepKey(vault: Vault, table: SealedTable, keyId: string, most: number, done: Sweep): Promise<number> {
  let left = most
  let after: SQL | undefined
  while (left > 0) {
    const rows = await sealedWith(vault, table, keyId, after, Math.min(PAGE, left))
    const last = rows.at(-1)
    if (!last) break
    const unopened = await reseal(vault, table, rows)
    done.unopened += unopened
    done.resealed += rows.length - unopened
    left -= rows.length
    // What does not open stays where it is and must not be met again.
    after = sql`(${table.table.orgId}, ${table.rowId}) > (${last.orgId}, ${last.rowId})`
  }
  return left
}

function sealedWith({ db }: Vault, table: SealedTable, keyId: string, after: SQL | undefined, limit: number) {
  const { orgId, sealed } = table.table
  return db
    .select({ orgId: sql<string>`${orgId}`, rowId: sql<string>`${table.rowId}`, sealed: sql<string>`${sealed}` })
    .from(table.table)
    .where(and(eq(keyIdIn(table), keyId), after))
    .orderBy(asc(orgId), asc(table.rowId))
    .limit(limit)
}
