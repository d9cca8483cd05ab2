import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const conversations = sqliteTable(
  'conversations',
  {
    orgId: text('org_id').notNull(),
    agentId: text('agent_id').notNull(),
    id: text('id').notNull(),
    environment: text('environment').$type<'live' | 'test'>().notNull(),
    channel: text('channel').$type<'api' | 'tester'>().notNull(),
    title: text('title').notNull(),
    messageCount: integer('message_count').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    handoffRequestedAt: time('handoff_requested_at'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.id] })],
)

export const messages = sqliteTable(
  'messages',
  {
    orgId: text('org_id').notNull(),
    conversationId: text('conversation_id').notNull(),
    id: text('id').notNull(),
    role: text('role').$type<'user' | 'assistant'>().notNull(),
    content: text('content').notNull(),
    /** `failed` and `aborted` answers keep the text that was sent before. */
    status: text('status').$type<'completed' | 'failed' | 'aborted'>().notNull(),
    citations: json('citations').$type<unknown[]>(),
    finishReason: text('finish_reason'),
    errorCode: text('error_code'),
    model: text('model'),
    inputTokens: integer('input_tokens'),
    outputTokens: integer('output_tokens'),
    keyId: text('key_id'),
    requestId: text('request_id').notNull(),
    firstTokenMs: integer('first_token_ms'),
    totalMs: integer('total_ms'),
    createdAt: time('created_at').notNull(),
    grounding: json('grounding').$type<unknown>(),
    action: json('action').$type<unknown>(),
    knowledgeEpoch: integer('knowledge_epoch'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.conversationId, table.id] })],
)
