import { and, count, desc, eq, isNotNull, isNull, lt } from 'drizzle-orm'
import type { Runtime, Tenant } from '../context.ts'
import { agents } from '../db/schema/agents.ts'
import { record } from '../events/record.ts'
import { type Page, readCursor, toPage } from '../lib/cursor.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { commit } from '../organizations/organizations.ts'
import { requireFeature, requireQuota } from '../organizations/plans.ts'
import { type Behavior, DEFAULT_BEHAVIOR } from './contract.ts'

export type Agent = {
  id: string
  name: string
  status: 'active' | 'paused'
  behavior: Behavior
  allowedOrigins: string[]
  createdAt: string
  updatedAt: string
}
export type AgentInput = {
  name: string
  status?: 'active' | 'paused' | undefined
  behavior?: { [Field in keyof Behavior]?: Behavior[Field] | undefined } | undefined
  allowedOrigins?: string[] | undefined
}

/** Agents in the isolate's memory; the organization's version in the key makes a change visible at once. */
const known = new ExpiringMap<Agent>(5_000, 30_000)

const isOwn = (tenant: Tenant, id: string) =>
  and(eq(agents.orgId, tenant.org.id), eq(agents.id, id), isNull(agents.deletedAt))

/** The agent with this id in the tenant's organization. Throws NOT_FOUND. */
export async function getAgent(tenant: Tenant, id: string): Promise<Agent> {
  const memoryKey = `${tenant.org.id}@${tenant.org.version}/${id}`
  const remembered = known.get(memoryKey, tenant.now())
  if (remembered) return remembered
  const [row] = await tenant.db.select().from(agents).where(isOwn(tenant, id))
  if (!row) throw problem('NOT_FOUND')
  const agent = toAgent(row)
  known.set(memoryKey, agent, tenant.now())
  return agent
}

export async function listAgents(
  tenant: Tenant,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<Agent>> {
  const after = readCursor(query.cursor)
  const rows = await tenant.db
    .select()
    .from(agents)
    .where(and(eq(agents.orgId, tenant.org.id), isNull(agents.deletedAt), after ? lt(agents.id, after) : undefined))
    .orderBy(desc(agents.id))
    .limit(query.limit + 1)
  return toPage(rows.map(toAgent), query.limit)
}

export async function createAgent(tenant: Tenant, input: AgentInput): Promise<Agent> {
  const { db, org } = tenant
  const [used] = await db
    .select({ agents: count() })
    .from(agents)
    .where(and(eq(agents.orgId, org.id), isNull(agents.deletedAt)))
  requireQuota(tenant, 'agents', used?.agents ?? 0)
  const createdAt = new Date(tenant.now())
  const row = {
    orgId: org.id,
    id: newId('agt'),
    name: input.name,
    status: input.status ?? 'active',
    behavior: changeBehavior(tenant, DEFAULT_BEHAVIOR, input.behavior),
    allowedOrigins: input.allowedOrigins ?? [],
    createdAt,
    updatedAt: createdAt,
  }
  await commit(tenant, [db.insert(agents).values(row), ...recordPublished(tenant, 'agent.created', row)])
  return toAgent(row)
}

export async function updateAgent(
  tenant: Tenant,
  id: string,
  input: { [Field in keyof AgentInput]?: AgentInput[Field] | undefined },
): Promise<Agent> {
  const before = await getAgent(tenant, id)
  const changed = {
    name: input.name ?? before.name,
    status: input.status ?? before.status,
    behavior: changeBehavior(tenant, before.behavior, input.behavior),
    allowedOrigins: input.allowedOrigins ?? before.allowedOrigins,
    updatedAt: new Date(tenant.now()),
  }
  const update = tenant.db.update(agents).set(changed).where(isOwn(tenant, id))
  await commit(tenant, [update, ...recordPublished(tenant, 'agent.updated', { id, name: changed.name })])
  return { ...before, ...changed, updatedAt: changed.updatedAt.toISOString() }
}

/** Hides the agent and ends its keys at once. What it owned is erased by a job; the cron sweep finds a lost one. */
export async function deleteAgent(tenant: Tenant, id: string): Promise<void> {
  await getAgent(tenant, id)
  const hide = tenant.db
    .update(agents)
    .set({ deletedAt: new Date(tenant.now()) })
    .where(isOwn(tenant, id))
  await commit(tenant, [hide, ...record(tenant, { action: 'agent.deleted', target: id })])
  await tenant.jobs.send({ kind: 'agent.erase', orgId: tenant.org.id, agentId: id })
}

/** Deleted agents whose data is not erased yet. */
export async function listDeletedAgents(runtime: Runtime, limit: number): Promise<{ orgId: string; id: string }[]> {
  const columns = { orgId: agents.orgId, id: agents.id }
  return runtime.db.select(columns).from(agents).where(isNotNull(agents.deletedAt)).limit(limit)
}

/** The last step of an erasure: after it nothing tells of the agent but the audit log. */
export async function forgetDeletedAgent(tenant: Tenant, id: string): Promise<void> {
  const { db, org } = tenant
  await db.delete(agents).where(and(eq(agents.orgId, org.id), eq(agents.id, id), isNotNull(agents.deletedAt)))
}

function recordPublished(tenant: Tenant, action: string, agent: { id: string; name: string }) {
  const data = { agentId: agent.id, name: agent.name }
  return record(tenant, { action, target: agent.id, event: { type: 'agent.published', data } })
}

function changeBehavior(tenant: Tenant, before: Behavior, change: AgentInput['behavior']): Behavior {
  const after = { ...before, ...change } as Behavior
  const isProviderModel = after.model !== 'auto' && after.model !== 'embedded'
  if (isProviderModel && after.model !== before.model) requireFeature(tenant, 'model_choice')
  return after
}

function toAgent(row: Omit<typeof agents.$inferSelect, 'deletedAt'>): Agent {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    // Written only through the contract's schema; fields that came later get their default.
    behavior: { ...DEFAULT_BEHAVIOR, ...(row.behavior as Partial<Behavior>) },
    allowedOrigins: row.allowedOrigins,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
