import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { json, time } from '../columns.ts'

export const auditLog = sqliteTable(
  'audit_log',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    actorType: text('actor_type').notNull(),
    actorId: text('actor_id').notNull(),
    action: text('action').notNull(),
    /** Id of what was changed. */
    target: text('target').notNull(),
    requestId: text('request_id').notNull(),
    createdAt: time('created_at').notNull(),
    /** JSON as it was written: its letters are part of the hash. */
    details: text('details'),
    /** 1, 2, 3, … in each organization, given by the batch of the change. */
    seq: integer('seq'),
    /** Null until the row is sealed. */
    prevHash: text('prev_hash'),
    hash: text('hash'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)

export const auditHeads = sqliteTable('audit_heads', {
  orgId: text('org_id').primaryKey(),
  seq: integer('seq').notNull(),
  hash: text('hash').notNull(),
  keyId: text('key_id').notNull(),
  signature: text('signature').notNull(),
})

export const events = sqliteTable(
  'events',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    type: text('type').notNull(),
    data: json('data').$type<Record<string, unknown>>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)
