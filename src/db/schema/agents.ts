import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
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
    /** Fields of the behavior that are to change, with their new values. */
    draft: json('draft').$type<unknown>(),
    draftSavedAt: time('draft_saved_at'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)

export const agentVersions = sqliteTable(
  'agent_versions',
  {
    orgId: text('org_id').notNull(),
    agentId: text('agent_id').notNull(),
    version: integer('version').notNull(),
    behavior: json('behavior').$type<unknown>().notNull(),
    actorType: text('actor_type').notNull(),
    actorId: text('actor_id').notNull(),
    publishedAt: time('published_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.agentId, table.version] })],
)
