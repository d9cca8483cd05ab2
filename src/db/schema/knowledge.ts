import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

/** What a source was made with; which of it applies depends on its kind. */
export type SourceSettings = {
  url?: string | undefined
  include?: string[] | undefined
  exclude?: string[] | undefined
  maxPages?: number | undefined
  maxDepth?: number | undefined
  everyHours?: number | undefined
}

export const sources = sqliteTable(
  'sources',
  {
    orgId: text('org_id').notNull(),
    agentId: text('agent_id').notNull(),
    id: text('id').notNull(),
    kind: text('kind').$type<'site' | 'page' | 'file' | 'pairs'>().notNull(),
    name: text('name').notNull(),
    settings: json('settings').$type<SourceSettings>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.id] })],
)
