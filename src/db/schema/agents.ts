import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const agents = sqliteTable(
  'agents',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    status: text('status').$type<'active' | 'paused'>().notNull(),
    behavior: json('behavior').$type<unknown>().notNull(),
    allowedOrigins: json('allowed_origins').$type<string[]>().notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    deletedAt: time('deleted_at'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)
