import { createHash } from 'node:crypto'
import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import type { Statement } from '../db/client.ts'
import { conversations, messages } from '../db/schema/conversations.ts'
import { record } from '../events/record.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'

const PAGE = 100

const isConversation = (tenant: Tenant, agentId: string, id: string) =>
  and(eq(conversations.orgId, tenant.org.id), eq(conversations.agentId, agentId), eq(conversations.id, id))
const isMessageOf = (tenant: Tenant, id: string) =>
  and(eq(messages.orgId, tenant.org.id), eq(messages.conversationId, id))

/** Everything that is stored of a conversation. Throws NOT_FOUND before the first line. */
export async function exportConversation(
  tenant: Tenant,
  agentId: string,
  id: string,
): Promise<AsyncGenerator<object[]>> {
  const row = await findConversation(tenant, agentId, id)
  const [told] = record(tenant, { action: 'conversation.exported', target: id })
  if (told) await tenant.db.batch([told])
  return withEnd(linesOf(tenant, row))
}

type Row = typeof conversations.$inferSelect

async function findConversation(tenant: Tenant, agentId: string, id: string): Promise<Row> {
  const [row] = await tenant.db
    .select()
    .from(conversations)
    .where(isConversation(tenant, agentId, id))
  if (!row) throw problem('NOT_FOUND')
  return row
}

async function* linesOf(tenant: Tenant, row: Row): AsyncGenerator<object[]> {
  yield [{ type: 'conversation', ...row }]
  for (let after = '', count = PAGE; count === PAGE;) {
    const rows = await tenant.db
      .select()
      .from(messages)
      .where(and(isMessageOf(tenant, row.id), gt(messages.id, after)))
      .orderBy(asc(messages.id))
      .limit(PAGE)
    count = rows.length
    after = rows.at(-1)?.id ?? after
    if (count > 0) yield rows.map((message) => ({ type: 'message', ...message }))
  }
}

async function* withEnd(pages: AsyncGenerator<object[]>): AsyncGenerator<object[]> {
  let lines = 0
  for await (const page of pages) {
    lines += page.length
    yield page
  }
  yield [{ type: 'end', lines }]
}

/**
 * Erases a conversation for good. The receipt stands in the audit log, whose chain vouches for it; the hash is that of
 * what was erased. A conversation that is continued meanwhile is read once more, then CONFLICT. Throws NOT_FOUND.
 */
export async function eraseConversation(tenant: Tenant, agentId: string, conversationId: string) {
  const { db } = tenant
  for (let attempt = 0; attempt < 3; attempt++) {
    const row = await findConversation(tenant, agentId, conversationId)
    const hash = createHash('sha256')
    let count = -1
    for await (const page of linesOf(tenant, row)) {
      count += page.length
      for (const line of page) hash.update(`${JSON.stringify(line)}\n`)
    }
    const id = newId('aud')
    const details = { messages: count, sha256: hash.digest('hex') }
    const stored = sql`select count(*) from ${messages} where ${isMessageOf(tenant, conversationId)}`
    const statements = [
      atMost(db, count, stored),
      db.delete(messages).where(isMessageOf(tenant, conversationId)),
      db.delete(conversations).where(isConversation(tenant, agentId, conversationId)),
      ...record(tenant, { id, action: 'conversation.erased', target: conversationId, details }),
    ]
    try {
      await db.batch(statements as [Statement, ...Statement[]])
    } catch (error) {
      if (isOverLimit(error)) continue
      throw error
    }
    return { id, conversationId, ...details, erasedAt: new Date(tenant.now()).toISOString() }
  }
  throw problem('CONFLICT', { message: 'The conversation is being continued at this moment: try again.' })
}
