import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { conversations, messages } from '../db/schema/conversations.ts'
import { record } from '../events/record.ts'
import { idAt } from '../lib/ids.ts'

const BATCH = 50

/**
 * Erases some conversations of an agent that nobody has continued since `before`; true when there may be more. One that
 * is continued at this very moment stays whole: the batch looks at its time again.
 */
export async function expireConversations(tenant: Tenant, agentId: string, before: Date): Promise<boolean> {
  const { db, org } = tenant
  const isOld = and(
    eq(conversations.orgId, org.id),
    eq(conversations.agentId, agentId),
    lt(conversations.updatedAt, before),
  )
  // Ids sort by the time they were made, as the table does: what is younger is not even looked at.
  const rows = await db
    .select({ id: conversations.id, messageCount: conversations.messageCount })
    .from(conversations)
    .where(and(isOld, lt(conversations.id, idAt('cnv', before.getTime()))))
    .limit(BATCH)
  if (rows.length === 0) return false
  const ids = rows.map(({ id }) => id)
  const isChosen = and(isOld, inArray(conversations.id, ids))
  const chosen = sql`(select ${conversations.id} from ${conversations} where ${isChosen})`
  const details = {
    conversations: rows.length,
    messages: rows.reduce((sum, { messageCount }) => sum + messageCount, 0),
    before: before.toISOString(),
  }
  const [told] = record(tenant, { action: 'conversations.expired', target: agentId, details })
  await db.batch([
    db.delete(messages).where(and(eq(messages.orgId, org.id), sql`${messages.conversationId} in ${chosen}`)),
    db.delete(conversations).where(isChosen),
    ...(told ? [told] : []),
  ])
  return rows.length === BATCH
}
