import { and, desc, eq, inArray, lt } from 'drizzle-orm'
import type { Environment, Tenant } from '../context.ts'
import { conversations, messages } from '../db/schema/conversations.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { problem } from '../lib/problem.ts'
import { contentHashes } from '../knowledge/versions.ts'
import { describeError } from '../lib/log.ts'
import type { Action, Citation, Grounding } from './contract.ts'

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
    rows.map(({ id, environment, channel, title, messageCount, handoffRequestedAt, createdAt, updatedAt }) => ({
      id,
      agentId,
      environment,
      channel,
      title,
      messageCount,
      handoffRequestedAt: handoffRequestedAt?.toISOString() ?? null,
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
  const versions = await versionsNow(tenant, agentId, rows.flatMap(citationsOf))
  return toPage(
    rows.map((row) => toMessage(row, versions)),
    query.limit,
  )
}

const citationsOf = ({ citations }: { citations: unknown[] | null }) => (citations ?? []) as Citation[]

type Versions = ReadonlyMap<string, string>

/** The present hash of each cited document; undefined when the knowledge cannot be asked: a transcript is read without it. */
async function versionsNow(
  tenant: Tenant,
  agentId: string,
  citations: readonly Citation[],
): Promise<Versions | undefined> {
  const ids = [...new Set(citations.map(({ sourceId }) => sourceId))]
  if (ids.length === 0) return new Map()
  try {
    return await contentHashes(tenant, agentId, ids)
  } catch (error) {
    tenant.log('warn', 'versions_unknown', { error: describeError(error) })
    return undefined
  }
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

function toMessage(row: typeof messages.$inferSelect, versions: Versions | undefined) {
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
    citations: citationsOf(row).map((citation) => ({
      ...citation,
      chunk: citation.chunk ?? null,
      sourceState: stateOf(citation, versions),
    })),
    grounding: row.grounding as Grounding | null,
    action: row.action as Action | null,
    knowledgeEpoch: row.knowledgeEpoch,
    finishReason: row.finishReason,
    errorCode: row.errorCode,
    model: row.model,
    usage,
    correlationId: row.requestId,
    createdAt: row.createdAt.toISOString(),
  }
}

/** A citation stays as it was shown; this tells whether what it quotes is still what is searched. */
function stateOf({ sourceId, contentHash }: Citation, versions: Versions | undefined): Citation['sourceState'] {
  if (!versions) return 'unknown'
  const now = versions.get(sourceId)
  if (now === undefined) return 'deleted'
  return now === contentHash ? 'current' : 'changed'
}
