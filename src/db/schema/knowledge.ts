import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const sources = sqliteTable(
  'sources',
  {
    orgId: text('org_id').notNull(),
    agentId: text('agent_id').notNull(),
    id: text('id').notNull(),
    kind: text('kind').$type<'site' | 'file'>().notNull(),
    name: text('name').notNull(),
    settings: json('settings').$type<Record<string, unknown>>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.id] })],
)
