import { and, eq, isNull, lt, or } from 'drizzle-orm'
import { getAgent } from '../agents/agents.ts'
import { type KeyScope, type Organization, type Runtime, type Scope, type Tenant, tenantFromKey } from '../context.ts'
import { keys } from '../db/schema/access.ts'
import type { Credential } from '../http/receive.ts'
import { requireScope } from '../identity/roles.ts'
import { equalDigests, sha256Hex } from '../lib/crypto.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'
import { Problem, problem } from '../lib/problem.ts'
import { findOrganization } from '../organizations/organizations.ts'
import { isKey, keyMistake } from './key-format.ts'
import type { KeyRow } from './keys.ts'
import { readSessionCredential } from './session-credential.ts'

type Identity = { row: KeyRow; org: Organization }

/** Verified keys by their hash. Every chat compares the version with the budget object's, so a revocation is seen. */
const verified = new ExpiringMap<Identity>(10_000, 30_000)

/**
 * Reads `Authorization: Bearer`, nothing else is a place for a key; without that header the session of our own pages.
 * Throws MISSING_API_KEY, INVALID_API_KEY, SESSION_REQUIRED.
 */
export async function readCredential(
  runtime: Runtime,
  request: Request,
  scope: Scope,
  agentId: string | undefined,
): Promise<Credential> {
  const header = request.headers.get('authorization')
  if (header === null) return readSessionCredential(runtime, request, scope, agentId)
  const text = /^bearer (.*)$/is.exec(header)?.[1]
  if (!text) throw problem('MISSING_API_KEY')
  if (!isKey(text)) throw problem('INVALID_API_KEY', { message: keyMistake(text) })
  const hash = await sha256Hex(text)
  return { limitId: hash, authenticate: ({ fresh }) => authenticate(runtime, { hash, scope, agentId, fresh }) }
}

type Question = { hash: string; scope: Scope; agentId: string | undefined; fresh: boolean }

/** Throws INVALID_API_KEY, EXPIRED_API_KEY, NOT_FOUND for an agent the key has no part in, INSUFFICIENT_SCOPE. */
async function authenticate(runtime: Runtime, { hash, scope, agentId, fresh }: Question): Promise<Tenant> {
  const { row, org } = await identify(runtime, hash, fresh)
  const now = runtime.now()
  if (row.revokedAt || (row.expiresAt && row.expiresAt.getTime() <= now)) throw problem('EXPIRED_API_KEY')
  const { id: keyId, environment } = row
  const actor = {
    type: 'key',
    keyId,
    agentId: row.agentId ?? undefined,
    scopes: row.scopes as KeyScope[],
    environment,
  } as const
  const tenant = tenantFromKey(runtime, org, actor)
  if (row.agentId) {
    // A connection key lives and dies with its agent, whatever the path names.
    if (agentId !== undefined && agentId !== row.agentId) throw problem('NOT_FOUND')
    await getAgent(tenant, row.agentId).catch(asExpired)
  } else if (agentId !== undefined) {
    await getAgent(tenant, agentId)
  }
  requireScope(tenant, scope)
  noteUse(tenant, row)
  return tenant
}

/** A key without its agent is over; any other failure is none of the key's. */
function asExpired(error: unknown): never {
  throw error instanceof Problem && error.code === 'NOT_FOUND' ? problem('EXPIRED_API_KEY') : error
}

async function identify(runtime: Runtime, hash: string, fresh: boolean): Promise<Identity> {
  const remembered = fresh ? undefined : verified.get(hash, runtime.now())
  if (remembered) return remembered
  const [row] = await runtime.db.select().from(keys).where(eq(keys.hash, hash))
  const org = row && equalDigests(row.hash, hash) ? await findOrganization(runtime, row.orgId) : undefined
  if (!row || !org) throw problem('INVALID_API_KEY')
  const identity = { row, org }
  verified.set(hash, identity, runtime.now())
  return identity
}

const USE_INTERVAL = 5 * 60_000
const noted = new ExpiringMap<true>(10_000, USE_INTERVAL)

/** Writes when a key was last used, at most every five minutes and never in the request's way. */
function noteUse(tenant: Tenant, row: KeyRow): void {
  const now = tenant.now()
  if (noted.get(row.id, now)) return
  noted.set(row.id, true, now)
  const isOld = or(isNull(keys.lastUsedAt), lt(keys.lastUsedAt, new Date(now - USE_INTERVAL)))
  const update = tenant.db
    .update(keys)
    .set({ lastUsedAt: new Date(now) })
    .where(and(eq(keys.orgId, row.orgId), eq(keys.id, row.id), isOld))
  tenant.waitUntil(update.run().catch(() => tenant.log('warn', 'key_use_not_noted')))
}
