import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { time } from '../columns.ts'

/** `OK`, or what a chat with the secret would be refused with. */
export type TestCode = 'OK' | 'PROVIDER_KEY_INVALID' | 'PROVIDER_OVERLOADED' | 'PROVIDER_TIMEOUT' | 'PROVIDER_ERROR'

export const credentials = sqliteTable(
  'credentials',
  {
    orgId: text('org_id').notNull(),
    kind: text('kind').$type<'openai'>().notNull(),
    last4: text('last4').notNull(),
    sealed: text('sealed').notNull(),
    updatedAt: time('updated_at').notNull(),
    testedAt: time('tested_at'),
    testCode: text('test_code').$type<TestCode>(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.kind] })],
)
