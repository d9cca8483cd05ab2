import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { agents } from '../db/schema/agents.ts'
import { record } from '../events/record.ts'
import { problem } from '../lib/problem.ts'
import { commit } from '../organizations/organizations.ts'
import { type Agent, getAgent, recordPublished, requireModelChoice, toAgent } from './agents.ts'
import type { Behavior } from './contract.ts'
import { keepVersion } from './versions.ts'

export type Draft = {
  /** The behavior as publishing would make it. */
  behavior: Behavior
  /** Fields in which it differs from what holds. */
  changed: string[]
  savedAt: string | null
}
type Changes = { [Field in keyof Behavior]?: Behavior[Field] | undefined }

const isOwn = (tenant: Tenant, id: string) =>
  and(eq(agents.orgId, tenant.org.id), eq(agents.id, id), isNull(agents.deletedAt))

/** What is prepared for an agent; without a draft, the behavior that holds. Throws NOT_FOUND. */
export async function getDraft(tenant: Tenant, id: string): Promise<Draft> {
  const agent = await getAgent(tenant, id)
  const columns = { draft: agents.draft, savedAt: agents.draftSavedAt }
  const [row] = await tenant.db.select(columns).from(agents).where(isOwn(tenant, id))
  return toDraft(agent, row?.draft, row?.savedAt)
}

/** Prepares changes without making them: no chat sees a draft. Fields that are not sent stay as they were drafted. */
export async function saveDraft(tenant: Tenant, id: string, changes: Changes): Promise<Draft> {
  const agent = await getAgent(tenant, id)
  if (changes.model !== agent.behavior.model) requireModelChoice(tenant, changes.model)
  const patch = JSON.stringify(changes)
  const save = tenant.db
    .update(agents)
    .set({
      draft: sql`json_patch(coalesce(${agents.draft}, '{}'), ${patch})`,
      draftSavedAt: new Date(tenant.now()),
    })
    .where(isOwn(tenant, id))
    .returning()
  const results = await tenant.db.batch([save, ...record(tenant, { action: 'agent.draft_saved', target: id })])
  const [row] = results[0]
  if (!row) throw problem('NOT_FOUND')
  return toDraft(toAgent(row), row.draft, row.draftSavedAt)
}

/** Makes the draft what holds, for the next chat. Throws CONFLICT without a draft that changes something. */
export async function publishDraft(tenant: Tenant, id: string): Promise<Agent> {
  const agent = await getAgent(tenant, id)
  const { behavior, changed } = await getDraft(tenant, id)
  if (changed.length === 0) throw problem('CONFLICT', { message: 'There is no draft that changes something.' })
  // The plan may have become smaller since the draft was saved.
  if (behavior.model !== agent.behavior.model) requireModelChoice(tenant, behavior.model)
  const { db } = tenant
  const publish = db
    .update(agents)
    .set({
      behavior: sql`json_patch(${agents.behavior}, ${agents.draft})`,
      draft: null,
      draftSavedAt: null,
      updatedAt: new Date(tenant.now()),
    })
    .where(isOwn(tenant, id))
    .returning()
  // Of two who publish at the same moment one is the first.
  const isGone = sql`select count(*) from ${agents} where ${and(isOwn(tenant, id), isNull(agents.draft))}`
  const published = recordPublished(tenant, 'agent.published', agent)
  try {
    const statements = [atMost(db, 0, isGone), publish, keepVersion(tenant, id), ...published]
    const [, rows] = (await commit(tenant, statements)) as [unknown, (typeof agents.$inferSelect)[]]
    const [row] = rows
    if (!row) throw problem('NOT_FOUND')
    return toAgent(row)
  } catch (error) {
    if (!isOverLimit(error)) throw error
    throw problem('CONFLICT', { message: 'The draft was published or discarded at the same moment.' })
  }
}

/** Forgets the draft; what holds stays as it is. */
export async function discardDraft(tenant: Tenant, id: string): Promise<void> {
  await getAgent(tenant, id)
  const discard = tenant.db.update(agents).set({ draft: null, draftSavedAt: null }).where(isOwn(tenant, id))
  await tenant.db.batch([discard, ...record(tenant, { action: 'agent.draft_discarded', target: id })])
}

function toDraft(agent: Agent, draft: unknown, savedAt: Date | null | undefined): Draft {
  const behavior = { ...agent.behavior, ...(draft as Partial<Behavior> | null) }
  const names = Object.keys(behavior) as (keyof Behavior)[]
  const changed = names.filter((name) => JSON.stringify(behavior[name]) !== JSON.stringify(agent.behavior[name]))
  return { behavior, changed, savedAt: savedAt?.toISOString() ?? null }
}
