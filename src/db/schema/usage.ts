import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { time } from '../columns.ts'

export const modelCalls = sqliteTable(
  'model_calls',
  {
    orgId: text('org_id').notNull(),
    /** Of the budget's lease. */
    id: text('id').notNull(),
    at: time('at').notNull(),
    agentId: text('agent_id').notNull(),
    channel: text('channel').notNull(),
    keyId: text('key_id'),
    conversationId: text('conversation_id'),
    model: text('model'),
    /** `lost`: nobody settled it, so it was charged in full. */
    status: text('status').$type<'completed' | 'failed' | 'aborted' | 'lost'>().notNull(),
    /** What the budget has charged. */
    messages: integer('messages').notNull(),
    tokens: integer('tokens').notNull(),
    /** As the provider counted, or estimated. */
    inputTokens: integer('input_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    /** Millionths of a dollar; null when the price of the model is not known. */
    costMicros: integer('cost_micros'),
    requestId: text('request_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)
