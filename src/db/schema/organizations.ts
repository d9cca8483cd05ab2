import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const organizations = sqliteTable('organizations', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  plan: text('plan').notNull(),
  inference: text('inference').$type<'hosted' | 'byok'>().notNull(),
  limitOverrides: json('limit_overrides').$type<{ messages?: number; tokens?: number }>().notNull(),
  version: integer('version').notNull(),
  createdAt: time('created_at').notNull(),
})
