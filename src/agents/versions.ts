import { and, desc, eq, lt, sql } from 'drizzle-orm'
import { actorId, type Tenant } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { agents, agentVersions } from '../db/schema/agents.ts'
import { type Behavior, DEFAULT_BEHAVIOR } from './contract.ts'

const isOfAgent = (tenant: Tenant, agentId: string) =>
  and(eq(agentVersions.orgId, tenant.org.id), eq(agentVersions.agentId, agentId))

/**
 * The statement that keeps the agent's behavior as its newest version. It reads the row itself, so it belongs into the
 * batch after the change: what is kept is what holds, also when two changes come at the same moment.
 */
export function keepVersion(tenant: Tenant, agentId: string): Statement {
  const { db, org, actor } = tenant
  const next = sql<number>`(select coalesce(max(${agentVersions.version}), 0) + 1 from ${agentVersions}
    where ${isOfAgent(tenant, agentId)})`
  return db.insert(agentVersions).select(
    db
      .select({
        orgId: agents.orgId,
        agentId: sql`${agents.id}`.as('agent_id'),
        version: next.as('version'),
        behavior: agents.behavior,
        actorType: sql`${actor.type}`.as('actor_type'),
        actorId: sql`${actorId(actor)}`.as('actor_id'),
        publishedAt: sql`${tenant.now()}`.as('published_at'),
      })
      .from(agents)
      .where(and(eq(agents.orgId, org.id), eq(agents.id, agentId))),
  )
}

/** What an agent was told from when on and by whom, newest first. `before` is a version: the page goes on below it. */
export async function listVersions(
  tenant: Tenant,
  agentId: string,
  query: { limit: number; before?: number | undefined },
) {
  const { limit, before } = query
  const rows = await tenant.db
    .select()
    .from(agentVersions)
    .where(and(isOfAgent(tenant, agentId), before === undefined ? undefined : lt(agentVersions.version, before)))
    .orderBy(desc(agentVersions.version))
    .limit(limit + 1)
  const data = rows.slice(0, limit).map((row) => ({
    version: row.version,
    behavior: { ...DEFAULT_BEHAVIOR, ...(row.behavior as Partial<Behavior>) },
    actor: { type: row.actorType, id: row.actorId },
    publishedAt: row.publishedAt.toISOString(),
  }))
  return { data, next: rows.length > limit ? (data.at(-1)?.version ?? null) : null }
}

/** Forgets the versions of a deleted agent. */
export async function eraseVersions(tenant: Tenant, agentId: string): Promise<void> {
  await tenant.db.delete(agentVersions).where(isOfAgent(tenant, agentId))
}
