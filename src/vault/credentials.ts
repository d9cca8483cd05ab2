import { and, eq } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { credentials, type TestCode } from '../db/schema/vault.ts'
import { record } from '../events/record.ts'
import { keyIdOf, seal } from '../lib/crypto.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'
import { describeError } from '../lib/log.ts'
import { problem } from '../lib/problem.ts'
import { openSecret } from '../lib/secret.ts'
import { commit } from '../organizations/organizations.ts'
import { reseal } from './reseal.ts'
import { placeIn, type SealedTable } from './sealed-table.ts'

/** Secrets of other companies that the product uses in the organization's name. */
export type CredentialKind = 'openai'
/** How a credential did when it was last tried with its provider. */
export type CredentialTest = { code: TestCode; at: string }
export type CredentialSummary = {
  provider: CredentialKind
  last4: string
  updatedAt: string
  lastTest: CredentialTest | null
}

export const sealedCredentials: SealedTable = { table: credentials, rowId: credentials.kind }

/** Opened secrets in the isolate's memory; the version in the key makes a change visible at once. */
const opened = new ExpiringMap<string | null>(1_000, 30_000)

const placeOf = (orgId: string, kind: CredentialKind) => placeIn(sealedCredentials, orgId, kind)
const rowOf = (tenant: Tenant, kind: CredentialKind) =>
  and(eq(credentials.orgId, tenant.org.id), eq(credentials.kind, kind))

export async function putCredential(tenant: Tenant, kind: CredentialKind, secret: string): Promise<CredentialSummary> {
  const { db, keyring, org } = tenant
  const sealed = await seal(keyring, secret, placeOf(org.id, kind))
  const fields = { last4: secret.slice(-4), sealed, updatedAt: new Date(tenant.now()), testedAt: null, testCode: null }
  const upsert = db
    .insert(credentials)
    .values({ orgId: org.id, kind, ...fields })
    .onConflictDoUpdate({ target: [credentials.orgId, credentials.kind], set: fields })
  await commit(tenant, [upsert, ...record(tenant, { action: 'credential.put', target: kind })])
  await announceKey(tenant)
  return toSummary({ kind, ...fields })
}

export async function listCredentials(tenant: Tenant): Promise<CredentialSummary[]> {
  const rows = await tenant.db.select().from(credentials).where(eq(credentials.orgId, tenant.org.id))
  return rows.map(toSummary)
}

type Row = Omit<typeof credentials.$inferSelect, 'orgId' | 'sealed'>

function toSummary({ kind, last4, updatedAt, testedAt, testCode }: Row): CredentialSummary {
  const lastTest = testedAt && testCode ? { code: testCode, at: testedAt.toISOString() } : null
  return { provider: kind, last4, updatedAt: updatedAt.toISOString(), lastTest }
}

/** Keeps how a test went, unless the secret was replaced while it ran. */
export async function recordTest(
  tenant: Tenant,
  { provider, updatedAt }: CredentialSummary,
  test: CredentialTest,
): Promise<void> {
  const isTested = and(rowOf(tenant, provider), eq(credentials.updatedAt, new Date(updatedAt)))
  const keep = tenant.db
    .update(credentials)
    .set({ testedAt: new Date(test.at), testCode: test.code })
    .where(isTested)
  await tenant.db.batch([keep, ...record(tenant, { action: 'credential.tested', target: provider })])
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

/**
 * The secret in clear, for use in a request to its provider; undefined when the organization has none. Throws
 * UNAVAILABLE when it cannot be opened.
 */
export async function openCredential(tenant: Tenant, kind: CredentialKind): Promise<string | undefined> {
  const { org } = tenant
  const memoryKey = `${org.id}@${org.version}/${kind}`
  const known = opened.get(memoryKey, tenant.now())
  if (known !== undefined) return known ?? undefined
  const [row] = await tenant.db.select().from(credentials).where(rowOf(tenant, kind))
  const secret = row ? await openSecret(tenant, row.sealed, placeOf(org.id, kind)) : null
  if (row) resealLater(tenant, kind, row.sealed)
  opened.set(memoryKey, secret, tenant.now())
  return secret ?? undefined
}

/** Whoever reads what an older key has sealed leaves it sealed with the current one. */
function resealLater(tenant: Tenant, kind: CredentialKind, sealed: string): void {
  if (keyIdOf(sealed) === tenant.keyring.current) return
  const resealed = reseal(tenant, sealedCredentials, [{ orgId: tenant.org.id, rowId: kind, sealed }])
  tenant.waitUntil(
    resealed.catch((error: unknown) => tenant.log('error', 'not_resealed', { kind, error: describeError(error) })),
  )
}
