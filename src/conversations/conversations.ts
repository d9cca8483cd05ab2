import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Environment, Tenant } from '../context.ts'
import { conversations, messages } from '../db/schema/conversations.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { problem } from '../lib/problem.ts'
import type { Citation } from './contract.ts'

type PageQuery = { limit: number; cursor?: string | undefined }

/** The environment of new conversations. Members talk to their own agents to try them. */
export function environmentOf({ actor }: Tenant): Environment {
  switch (actor.type) {
    case 'key':
      return actor.environment
    case 'member':
      return 'test'
    case 'job':
      return 'live'
  }
}

/** A connection key sees the conversations of its environment; the organization's own key and members see all. */
const isOfAgent = (tenant: Tenant, agentId: string) => {
  const isBound = tenant.actor.type === 'key' && tenant.actor.agentId !== undefined
  return and(
    eq(conversations.orgId, tenant.org.id),
    eq(conversations.agentId, agentId),
    isBound ? eq(conversations.environment, environmentOf(tenant)) : undefined,
  )
}

export async function listConversations(tenant: Tenant, agentId: string, query: PageQuery) {
  const after = readCursor('cnv', query.cursor)
  const rows = await tenant.db
    .select()
    .from(conversations)
    .where(and(isOfAgent(tenant, agentId), after ? lt(conversations.id, after) : undefined))
    .orderBy(desc(conversations.id))
    .limit(query.limit + 1)
  return toPage(
    rows.map(({ id, environment, channel, title, messageCount, createdAt, updatedAt }) => ({
      id,
      agentId,
      environment,
      channel,
      title,
      messageCount,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    })),
    query.limit,
  )
}

export async function listMessages(tenant: Tenant, agentId: string, conversationId: string, query: PageQuery) {
  const after = readCursor('msg', query.cursor)
  const [found] = await tenant.db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(isOfAgent(tenant, agentId), eq(conversations.id, conversationId)))
  if (!found) throw problem('NOT_FOUND')
  const rows = await tenant.db
    .select()
    .from(messages)
    .where(and(isOfConversation(tenant, conversationId), after ? lt(messages.id, after) : undefined))
    .orderBy(desc(messages.id))
    .limit(query.limit + 1)
  return toPage(rows.map(toMessage), query.limit)
}

const isOfConversation = (tenant: Tenant, id: string) =>
  and(eq(messages.orgId, tenant.org.id), eq(messages.conversationId, id))

export type Turn = { role: 'user' | 'assistant'; content: string }

const HISTORY_TURNS = 40

/** The last turns of a conversation, oldest first, in one query. Throws NOT_FOUND. */
export async function loadHistory(tenant: Tenant, agentId: string, conversationId: string): Promise<Turn[]> {
  const rows = await tenant.db
    .select({ role: messages.role, content: messages.content })
    .from(messages)
    .innerJoin(conversations, and(isOfAgent(tenant, agentId), eq(conversations.id, messages.conversationId)))
    .where(isOfConversation(tenant, conversationId))
    .orderBy(desc(messages.id))
    .limit(HISTORY_TURNS)
  // A conversation is written together with its first messages: without messages there is none.
  if (rows.length === 0) throw problem('NOT_FOUND')
  return rows.filter(({ content }) => content !== '').toReversed()
}

/** Erases some conversations of an agent; true when there may be more. Small steps keep each batch short. */
export async function eraseConversations(tenant: Tenant, agentId: string): Promise<boolean> {
  const { db, org } = tenant
  const rows = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.orgId, org.id), eq(conversations.agentId, agentId)))
    .limit(50)
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return false
  await db.batch([
    db.delete(messages).where(and(eq(messages.orgId, org.id), inArray(messages.conversationId, ids))),
    db
      .delete(conversations)
      .where(and(eq(conversations.orgId, org.id), eq(conversations.agentId, agentId), inArray(conversations.id, ids))),
  ])
  return true
}

function toMessage(row: typeof messages.$inferSelect) {
  const { inputTokens, outputTokens } = row
  const usage =
    inputTokens === null || outputTokens === null
      ? null
      : { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens }
  return {
    id: row.id,
    role: row.role,
    content: row.content,
    status: row.status,
    citations: (row.citations ?? []) as Citation[],
    finishReason: row.finishReason,
    errorCode: row.errorCode,
    model: row.model,
    usage,
    correlationId: row.requestId,
    createdAt: row.createdAt.toISOString(),
  }
}
