import { asc, eq, inArray, sql } from 'drizzle-orm'
import type { Organization, Runtime, Tenant } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { organizations } from '../db/schema/organizations.ts'
import { record } from '../events/record.ts'
import { sealAudit } from '../events/seal.ts'
import { describeError } from '../lib/log.ts'

export async function findOrganization(runtime: Runtime, id: string): Promise<Organization | undefined> {
  const [row] = await runtime.db.select().from(organizations).where(eq(organizations.id, id))
  if (!row) return undefined
  const { name, plan, inference, limitOverrides, version } = row
  return { id, name, plan, inference, limitOverrides, version }
}

/**
 * Some organizations of all, others each time that `turn` is one higher: a sweep that has no memory comes by everybody,
 * and costs as much whether there are ten or a hundred thousand.
 */
export async function organizationsOfTurn(runtime: Runtime, turn: number, size: number): Promise<string[]> {
  const [all] = await runtime.db.select({ count: sql<number>`count(*)` }).from(organizations)
  const rows = await runtime.db
    .select({ id: organizations.id })
    .from(organizations)
    .orderBy(asc(organizations.id))
    .limit(size)
    .offset((turn * size) % Math.max(1, all?.count ?? 0))
  return rows.map(({ id }) => id)
}

/** Names by id; for lists of the organizations that a person is a member of. */
export async function findOrganizationNames(runtime: Runtime, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { id, name } = organizations
  const rows = await runtime.db.select({ id, name }).from(organizations).where(inArray(id, ids))
  return new Map(rows.map((row) => [row.id, row.name]))
}

/** The statement that adds an organization on the smallest plan, for the batch that also makes its owner. */
export function insertOrganization(runtime: Runtime, id: string, name: string): Statement {
  const row = { id, name, plan: 'free', inference: 'hosted', limitOverrides: {}, version: 1 } as const
  return runtime.db.insert(organizations).values({ ...row, createdAt: new Date(runtime.now()) })
}

/** The budget object of an organization; it also knows the newest version of the organization's configuration. */
export function budgetOf(tenant: Tenant) {
  return tenant.budget.getByName(`org:${tenant.org.id}`)
}

/**
 * Runs a change of the organization's configuration (agents, keys, credentials) as one transaction, and tells the
 * budget object of it: every chat compares versions there, so other isolates forget what they knew at once.
 * Gives the results of the statements.
 */
export async function commit(tenant: Tenant, statements: Statement[]): Promise<unknown[]> {
  const { db, org } = tenant
  const bump = db
    .update(organizations)
    .set({ version: sql`${organizations.version} + 1` })
    .where(eq(organizations.id, org.id))
    .returning({ version: organizations.version })
  const [bumped, ...results] = (await db.batch([bump, ...statements])) as [{ version: number }[], ...unknown[]]
  const version = bumped[0]?.version
  // Lost if the isolate dies here: then other isolates' memory is up to 30 seconds behind.
  if (version !== undefined) await budgetOf(tenant).announce(version)
  const sealed = sealAudit(tenant, org.id)
  // What is not sealed now is sealed by the sweep.
  tenant.waitUntil(sealed.catch((error: unknown) => tenant.log('warn', 'not_sealed', { error: describeError(error) })))
  return results
}

/** Changes the name that people see; the id stays. */
export async function renameOrganization(tenant: Tenant, name: string): Promise<void> {
  const { db, org } = tenant
  const rename = db.update(organizations).set({ name }).where(eq(organizations.id, org.id))
  await commit(tenant, [rename, ...record(tenant, { action: 'organization.renamed', target: org.id })])
}
