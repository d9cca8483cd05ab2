import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { time } from '../columns.ts'

export const mails = sqliteTable('mails', {
  id: text('id').primaryKey(),
  recipient: text('recipient').notNull(),
  subject: text('subject').notNull(),
  body: text('body').notNull(),
  createdAt: time('created_at').notNull(),
})
