import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { time } from '../columns.ts'

export const credentials = sqliteTable(
  'credentials',
  {
    orgId: text('org_id').notNull(),
    kind: text('kind').$type<'openai'>().notNull(),
    last4: text('last4').notNull(),
    sealed: text('sealed').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.kind] })],
)
