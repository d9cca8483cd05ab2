import { getTableColumns, getTableName, type InferInsertModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { newKeyRow } from '../access/keys.ts'
import { SCOPES } from '../context.ts'
import { keys } from '../db/schema/access.ts'
import { invitations, members, users } from '../db/schema/identity.ts'
import { organizations } from '../db/schema/organizations.ts'
import { newInvitationRow } from '../identity/invitations.ts'
import { hashPassword } from '../identity/password-hash.ts'
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

/** The statement that invites the first owner, and the token of the invitation's link, which is not in it. */
export async function ownerInvitationSql(orgId: string, email: string): Promise<{ sql: string; token: string }> {
  const input = { orgId, email, role: 'owner', mailed: false, invitedBy: 'operator', createdAt: new Date() } as const
  const { row, token } = await newInvitationRow(input)
  return { sql: insertSql(invitations, row), token }
}

type DemoUser = { id: string; email: string; name: string; password: string }

/** The statement that adds a person with a password. Only for the local demo: everybody else signs up. */
export async function userSql(keyring: Keyring, { id, email, name, password }: DemoUser): Promise<string> {
  const passwordHash = await hashPassword(keyring, password)
  const now = new Date()
  return insertSql(users, { id, email, name, passwordHash, emailVerifiedAt: now, lastOrgId: null, createdAt: now })
}

export const ownerSql = (orgId: string, userId: string) =>
  insertSql(members, { orgId, userId, role: 'owner', createdAt: new Date() })

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
