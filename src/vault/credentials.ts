import { and, eq } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { credentials } from '../db/schema/vault.ts'
import { record } from '../events/record.ts'
import { open, seal } from '../lib/crypto.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'
import { problem } from '../lib/problem.ts'
import { commit } from '../organizations/organizations.ts'

/** Secrets of other companies that the product uses in the organization's name. */
export type CredentialKind = 'openai'
export type CredentialSummary = { provider: CredentialKind; last4: string; updatedAt: string }

/** Opened secrets in the isolate's memory; the version in the key makes a change visible at once. */
const opened = new ExpiringMap<string | null>(1_000, 30_000)

const placeOf = (orgId: string, kind: CredentialKind) => `${orgId}|credentials|sealed|${kind}`
const rowOf = (tenant: Tenant, kind: CredentialKind) =>
  and(eq(credentials.orgId, tenant.org.id), eq(credentials.kind, kind))

export async function putCredential(tenant: Tenant, kind: CredentialKind, secret: string): Promise<CredentialSummary> {
  const { db, keyring, org } = tenant
  const sealed = await seal(keyring, secret, placeOf(org.id, kind))
  const row = { orgId: org.id, kind, last4: secret.slice(-4), sealed, updatedAt: new Date(tenant.now()) }
  const { last4, updatedAt } = row
  const upsert = db
    .insert(credentials)
    .values(row)
    .onConflictDoUpdate({ target: [credentials.orgId, credentials.kind], set: { last4, sealed, updatedAt } })
  await commit(tenant, [upsert, ...record(tenant, { action: 'credential.put', target: kind })])
  await announceKey(tenant)
  return { provider: kind, last4, updatedAt: updatedAt.toISOString() }
}

export async function listCredentials(tenant: Tenant): Promise<CredentialSummary[]> {
  const rows = await tenant.db.select().from(credentials).where(eq(credentials.orgId, tenant.org.id))
  return rows.map(({ kind, last4, updatedAt }) => ({ provider: kind, last4, updatedAt: updatedAt.toISOString() }))
}

export async function deleteCredential(tenant: Tenant, kind: CredentialKind): Promise<void> {
  const known = await listCredentials(tenant)
  if (!known.some(({ provider }) => provider === kind)) throw problem('NOT_FOUND')
  const remove = tenant.db.delete(credentials).where(rowOf(tenant, kind))
  await commit(tenant, [remove, ...record(tenant, { action: 'credential.deleted', target: kind })])
  await announceKey(tenant)
}

/** What waits for a key in the background need not wait any longer; without this it finds out by itself in an hour. */
async function announceKey(tenant: Tenant): Promise<void> {
  if (tenant.config.embedding) await tenant.jobs.send({ kind: 'embeddings.apply', orgId: tenant.org.id })
}

/** The secret in clear, for use in a request to its provider; undefined when the organization has none. */
export async function openCredential(tenant: Tenant, kind: CredentialKind): Promise<string | undefined> {
  const { org, keyring } = tenant
  const memoryKey = `${org.id}@${org.version}/${kind}`
  const known = opened.get(memoryKey, tenant.now())
  if (known !== undefined) return known ?? undefined
  const [row] = await tenant.db.select().from(credentials).where(rowOf(tenant, kind))
  const secret = row ? await open(keyring, row.sealed, placeOf(org.id, kind)) : null
  opened.set(memoryKey, secret, tenant.now())
  return secret ?? undefined
}
