import { primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const keys = sqliteTable(
  'keys',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    agentId: text('agent_id'),
    environment: text('environment').$type<'live' | 'test'>().notNull(),
    name: text('name').notNull(),
    scopes: json('scopes').$type<string[]>().notNull(),
    /** What a list may show of the key: everything before its secret part. */
    prefix: text('prefix').notNull(),
    last4: text('last4').notNull(),
    /** SHA-256 of the whole key, hexadecimal. */
    hash: text('hash').notNull(),
    sealed: text('sealed').notNull(),
    replacedBy: text('replaced_by'),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    lastUsedAt: time('last_used_at'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)
