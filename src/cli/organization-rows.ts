import { getTableColumns, getTableName, type InferInsertModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { newKeyRow } from '../access/keys.ts'
import { SCOPES } from '../context.ts'
import { keys } from '../db/schema/access.ts'
import { organizations } from '../db/schema/organizations.ts'
import type { Keyring } from '../lib/crypto.ts'

type NewOrganization = Pick<
  InferInsertModel<typeof organizations>,
  'id' | 'name' | 'plan' | 'inference' | 'limitOverrides'
>

/** The statement that adds an organization. There is no operation of the API for it: whoever runs the Worker does it. */
export function organizationSql(organization: NewOrganization): string {
  return insertSql(organizations, { ...organization, version: 1, createdAt: new Date() })
}

/** The statement that adds a key which may do everything in its organization, and the key, which is not in it. */
export async function organizationKeySql(
  keyring: Keyring,
  orgId: string,
  name: string,
): Promise<{ sql: string; key: string }> {
  const input = { name, environment: 'live', scopes: [...SCOPES], agentId: null, createdAt: new Date() } as const
  const { row, key } = await newKeyRow({ keyring, org: { id: orgId } }, { ...input, scopes: [...SCOPES] })
  return { sql: insertSql(keys, row), key }
}

/** Literals instead of parameters, because a remote D1 takes a file of SQL and nothing else. */
function insertSql<T extends SQLiteTable>(table: T, row: InferInsertModel<T>): string {
  const columns = Object.entries(getTableColumns(table))
  const values = columns.map(([field, column]) => {
    const value = (row as Record<string, unknown>)[field] ?? null
    return literal(value === null ? null : column.mapToDriverValue(value))
  })
  const names = columns.map(([, column]) => column.name)
  return `INSERT INTO ${getTableName(table)} (${names.join(', ')}) VALUES (${values.join(', ')});`
}

export function literal(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  // A NUL ends a statement for SQLite; nothing else inside quotes means anything.
  if (typeof value === 'string' && !value.includes('\0')) return `'${value.replaceAll("'", "''")}'`
  throw new TypeError('only null, whole numbers and text without NUL can be written as SQL')
}
