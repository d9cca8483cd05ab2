import { and, desc, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Environment, KeyScope, Tenant } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { keys } from '../db/schema/access.ts'
import type { EventType } from '../events/catalog.ts'
import { record } from '../events/record.ts'
import { seal, sha256Hex } from '../lib/crypto.ts'
import { type Page, readCursor, toPage } from '../lib/cursor.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { commit } from '../organizations/organizations.ts'
import { placeIn, type SealedTable } from '../vault/sealed-table.ts'
import { mintKey, prefixOf } from './key-format.ts'

export type KeyRow = typeof keys.$inferSelect
export type KeyInput = {
  name: string
  environment: Environment
  scopes: KeyScope[]
  expiresAt?: string | undefined
}

const MAX_LIVE_KEYS = 10

export const sealedKeys: SealedTable = { table: keys, rowId: keys.id }

/** The row of a new key, with its secret sealed to this very row, and the key itself, which is shown once. */
export async function newKeyRow(
  tenant: Pick<Tenant, 'keyring'> & { org: { id: string } },
  input: KeyInput & { agentId: string | null; createdAt: Date },
): Promise<{ row: KeyRow; key: string }> {
  const key = mintKey(input.environment)
  const id = newId('key')
  const row: KeyRow = {
    orgId: tenant.org.id,
    id,
    agentId: input.agentId,
    environment: input.environment,
    name: input.name,
    scopes: input.scopes,
    prefix: prefixOf(key),
    last4: key.slice(-4),
    hash: await sha256Hex(key),
    sealed: await seal(tenant.keyring, key, placeIn(sealedKeys, tenant.org.id, id)),
    replacedBy: null,
    createdAt: input.createdAt,
    expiresAt: input.expiresAt ? new Date(input.expiresAt) : null,
    revokedAt: null,
    lastUsedAt: null,
  }
  return { row, key }
}

export async function createKey(tenant: Tenant, agentId: string, input: KeyInput) {
  if (input.expiresAt !== undefined && Date.parse(input.expiresAt) <= tenant.now()) {
    throw problem('VALIDATION_FAILED', { message: 'expiresAt: lies in the past', param: 'expiresAt' })
  }
  const { row, key } = await newKeyRow(tenant, { ...input, agentId, createdAt: new Date(tenant.now()) })
  await commitNewKey(tenant, row, recordKey(tenant, 'api_key.created', row))
  return { ...toKey(row), key }
}

/** Stores a new key together with other statements, or refuses with CONFLICT when the agent has enough live ones. */
async function commitNewKey(tenant: Tenant, row: KeyRow, statements: Statement[]): Promise<void> {
  const { db } = tenant
  const live = sql`select count(*) from ${keys} where ${and(isOfAgent(tenant, row.agentId ?? ''), isLive(tenant))}`
  try {
    await commit(tenant, [db.insert(keys).values(row), ...statements, atMost(db, MAX_LIVE_KEYS, live)])
  } catch (error) {
    if (!isOverLimit(error)) throw error
    const message = `An agent can have ${MAX_LIVE_KEYS} live keys at most, and a key one successor.`
    throw problem('CONFLICT', { message })
  }
}

export async function listKeys(tenant: Tenant, agentId: string, query: { limit: number; cursor?: string | undefined }) {
  const after = readCursor('key', query.cursor)
  const rows = await tenant.db
    .select()
    .from(keys)
    .where(and(isOfAgent(tenant, agentId), after ? lt(keys.id, after) : undefined))
    .orderBy(desc(keys.id))
    .limit(query.limit + 1)
  return toPage(rows.map(toKey), query.limit) satisfies Page<unknown>
}

/** Makes a new key with the same rights; the old one works for `graceSeconds` more. */
export async function rotateKey(tenant: Tenant, agentId: string, id: string, graceSeconds: number) {
  const { db } = tenant
  const old = await getLiveKey(tenant, agentId, id)
  const now = tenant.now()
  const input = {
    name: old.name,
    environment: old.environment,
    scopes: old.scopes as KeyScope[],
    expiresAt: old.expiresAt?.toISOString(),
  }
  const { row, key } = await newKeyRow(tenant, { ...input, agentId, createdAt: new Date(now) })
  const end = new Date(Math.min(now + graceSeconds * 1000, old.expiresAt?.getTime() ?? Infinity))
  const retire = db
    .update(keys)
    .set({ replacedBy: row.id, expiresAt: end })
    .where(and(isKeyRow(tenant, id), isNull(keys.replacedBy), isNull(keys.revokedAt)))
  // Of two rotations at the same moment one is the first.
  const other = sql`select count(*) from ${keys} where ${isKeyRow(tenant, id)} and ${keys.replacedBy} is not ${row.id}`
  await commitNewKey(tenant, row, [retire, atMost(db, 0, other), ...recordKey(tenant, 'api_key.rotated', old, row.id)])
  return { ...toKey(row), key }
}

export async function revokeKey(tenant: Tenant, agentId: string, id: string): Promise<void> {
  const row = await getKeyRow(tenant, agentId, id)
  if (row.revokedAt) return
  const revoke = tenant.db
    .update(keys)
    .set({ revokedAt: new Date(tenant.now()) })
    .where(isKeyRow(tenant, id))
  await commit(tenant, [revoke, ...recordKey(tenant, 'api_key.revoked', row)])
}

/** Names of keys, for lists that hold only their ids; 90 ids at most are looked up. */
export async function nameKeys(tenant: Tenant, ids: readonly string[]): Promise<[id: string, name: string][]> {
  if (ids.length === 0) return []
  const isNamed = and(eq(keys.orgId, tenant.org.id), inArray(keys.id, ids.slice(0, 90)))
  const rows = await tenant.db.select({ id: keys.id, name: keys.name }).from(keys).where(isNamed)
  return rows.map(({ id, name }) => [id, name])
}

/** Erases the keys of a deleted agent. */
export async function eraseKeys(tenant: Tenant, agentId: string): Promise<void> {
  await tenant.db.delete(keys).where(isOfAgent(tenant, agentId))
}

async function getKeyRow(tenant: Tenant, agentId: string, id: string): Promise<KeyRow> {
  const [row] = await tenant.db
    .select()
    .from(keys)
    .where(and(isOfAgent(tenant, agentId), eq(keys.id, id)))
  if (!row) throw problem('NOT_FOUND')
  return row
}

async function getLiveKey(tenant: Tenant, agentId: string, id: string): Promise<KeyRow> {
  const row = await getKeyRow(tenant, agentId, id)
  const isOver = row.revokedAt || (row.expiresAt && row.expiresAt.getTime() <= tenant.now())
  if (isOver || row.replacedBy) {
    throw problem('CONFLICT', { message: 'The key has expired, was revoked or was rotated before.' })
  }
  return row
}

const isOfAgent = (tenant: Tenant, agentId: string) => and(eq(keys.orgId, tenant.org.id), eq(keys.agentId, agentId))
const isKeyRow = (tenant: Tenant, id: string) => and(eq(keys.orgId, tenant.org.id), eq(keys.id, id))
/** A key and its successor count as one, so who has all keys in use can still rotate them. */
const isLive = (tenant: Tenant) =>
  and(
    isNull(keys.revokedAt),
    isNull(keys.replacedBy),
    or(isNull(keys.expiresAt), gt(keys.expiresAt, new Date(tenant.now()))),
  )

type KeyEvent = Extract<EventType, `api_key.${string}`>

function recordKey(tenant: Tenant, type: KeyEvent, row: KeyRow, replacedBy = '') {
  const data = { keyId: row.id, agentId: row.agentId, name: row.name }
  const event = type === 'api_key.rotated' ? { type, data: { ...data, replacedBy } } : { type, data }
  return record(tenant, { action: type, target: row.id, event })
}

function toKey(row: KeyRow) {
  return {
    id: row.id,
    agentId: row.agentId,
    name: row.name,
    environment: row.environment,
    scopes: row.scopes as KeyScope[],
    prefix: row.prefix,
    last4: row.last4,
    replacedBy: row.replacedBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  }
}
