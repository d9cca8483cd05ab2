import { and, desc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { Runtime, Tenant } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { agents } from '../db/schema/agents.ts'
import { record } from '../events/record.ts'
import { type Page, readCursor, toPage } from '../lib/cursor.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { commit } from '../organizations/organizations.ts'
import { planOf, quotaExceeded, requireFeature } from '../organizations/plans.ts'
import { type Behavior, DEFAULT_BEHAVIOR } from './contract.ts'
import { keepVersion } from './versions.ts'

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
  const after = readCursor('agt', query.cursor)
  const rows = await tenant.db
    .select()
    .from(agents)
    .where(and(eq(agents.orgId, tenant.org.id), isNull(agents.deletedAt), after ? lt(agents.id, after) : undefined))
    .orderBy(desc(agents.id))
    .limit(query.limit + 1)
  return toPage(rows.map(toAgent), query.limit)
}

export async function listAgentIds(tenant: Tenant): Promise<string[]> {
  const own = and(eq(agents.orgId, tenant.org.id), isNull(agents.deletedAt))
  return (await tenant.db.select({ id: agents.id }).from(agents).where(own)).map(({ id }) => id)
}

export async function createAgent(tenant: Tenant, input: AgentInput): Promise<Agent> {
  const { db, org } = tenant
  if (input.behavior) requireModelChoice(tenant, input.behavior.model)
  const createdAt = new Date(tenant.now())
  const row = {
    orgId: org.id,
    id: newId('agt'),
    name: input.name,
    status: input.status ?? 'active',
    behavior: { ...DEFAULT_BEHAVIOR, ...input.behavior },
    allowedOrigins: input.allowedOrigins ?? [],
    createdAt,
    updatedAt: createdAt,
  }
  const own = sql`select count(*) from ${agents} where ${eq(agents.orgId, org.id)} and ${isNull(agents.deletedAt)}`
  const fits = atMost(db, planOf(org).agents, own)
  try {
    const published = recordPublished(tenant, 'agent.created', row)
    await commit(tenant, [db.insert(agents).values(row), fits, keepVersion(tenant, row.id), ...published])
  } catch (error) {
    throw isOverLimit(error) ? quotaExceeded(tenant, 'agents') : error
  }
  return toAgent(row)
}

/** Changes only what is sent, in the database itself, so that two changes at the same moment both stay. */
export async function updateAgent(
  tenant: Tenant,
  id: string,
  input: { [Field in keyof AgentInput]?: AgentInput[Field] | undefined },
): Promise<Agent> {
  const before = await getAgent(tenant, id)
  const { name, status, behavior, allowedOrigins } = input
  if (behavior && behavior.model !== before.behavior.model) requireModelChoice(tenant, behavior.model)
  const update = tenant.db
    .update(agents)
    .set({
      ...(name === undefined ? {} : { name }),
      ...(status === undefined ? {} : { status }),
      ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
      ...(behavior === undefined ? {} : { behavior: sql`json_patch(${agents.behavior}, ${JSON.stringify(behavior)})` }),
      updatedAt: new Date(tenant.now()),
    })
    .where(isOwn(tenant, id))
    .returning()
  const published = recordPublished(tenant, 'agent.updated', { id, name: name ?? before.name })
  const kept = behavior === undefined ? [] : [keepVersion(tenant, id)]
  const [rows] = (await commit(tenant, [update, ...kept, ...published])) as [(typeof agents.$inferSelect)[]]
  const [row] = rows
  if (!row) throw problem('NOT_FOUND')
  if (behavior?.embeddings !== undefined && behavior.embeddings !== before.behavior.embeddings)
    await tenant.jobs.send({ kind: 'embeddings.apply', orgId: tenant.org.id, agentId: id })
  return toAgent(row)
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

/** Answers that were running when their agent was deleted have ended by then. */
const LINGERS = 180_000

/** Deleted agents whose data may still have to be erased, the longest deleted first. */
export async function listDeletedAgents(runtime: Runtime, limit: number): Promise<{ orgId: string; id: string }[]> {
  const columns = { orgId: agents.orgId, id: agents.id }
  const deleted = runtime.db.select(columns).from(agents).where(isNotNull(agents.deletedAt))
  return deleted.orderBy(agents.deletedAt).limit(limit)
}

/**
 * The last step of an erasure: after it nothing tells of the agent but the audit log. While an answer may still be
 * running the row stays, so that the sweep erases once more what such an answer writes.
 */
export async function forgetDeletedAgent(tenant: Tenant, id: string): Promise<void> {
  const { db, org } = tenant
  const settled = lt(agents.deletedAt, new Date(tenant.now() - LINGERS))
  await db.delete(agents).where(and(eq(agents.orgId, org.id), eq(agents.id, id), settled))
}

export function recordPublished(tenant: Tenant, action: string, agent: { id: string; name: string }) {
  const data = { agentId: agent.id, name: agent.name }
  return record(tenant, { action, target: agent.id, event: { type: 'agent.published', data } })
}

export function requireModelChoice(tenant: Tenant, model: string | undefined): void {
  if (model !== undefined && model !== 'auto' && model !== 'embedded') requireFeature(tenant, 'model_choice')
}

export function toAgent(row: Omit<typeof agents.$inferSelect, 'deletedAt' | 'draft' | 'draftSavedAt'>): Agent {
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
