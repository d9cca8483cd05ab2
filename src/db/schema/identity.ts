import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { time } from '../columns.ts'

type Role = 'owner' | 'admin' | 'builder' | 'agent' | 'viewer'

export const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  /** Normalized: trimmed and in lower case. */
  email: text('email').notNull(),
  name: text('name').notNull(),
  /** A PHC string; null for who signs in by a provider only. */
  passwordHash: text('password_hash'),
  emailVerifiedAt: time('email_verified_at'),
  /** Where the next session begins. */
  lastOrgId: text('last_org_id'),
  createdAt: time('created_at').notNull(),
})

export const identities = sqliteTable(
  'identities',
  {
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    userId: text('user_id').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
)

export const sessions = sqliteTable('sessions', {
  id: text('id').primaryKey(),
  /** SHA-256 of the cookie's token, hexadecimal. */
  tokenHash: text('token_hash').notNull(),
  userId: text('user_id').notNull(),
  currentOrgId: text('current_org_id'),
  method: text('method').$type<SignInMethod>().notNull(),
  /** As the rate limits count it: an IPv6 address as its /64. */
  address: text('address').notNull(),
  userAgent: text('user_agent').notNull(),
  createdAt: time('created_at').notNull(),
  lastSeenAt: time('last_seen_at').notNull(),
  expiresAt: time('expires_at').notNull(),
})
export type SignInMethod = 'password' | 'mail_link' | 'oidc'

export const members = sqliteTable(
  'members',
  {
    orgId: text('org_id').notNull(),
    userId: text('user_id').notNull(),
    role: text('role').$type<Role>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.userId] })],
)

export const invitations = sqliteTable(
  'invitations',
  {
    orgId: text('org_id').notNull(),
    id: text('id').notNull(),
    email: text('email').notNull(),
    role: text('role').$type<Role>().notNull(),
    tokenHash: text('token_hash').notNull(),
    mailed: integer('mailed', { mode: 'boolean' }).notNull(),
    invitedBy: text('invited_by').notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    acceptedAt: time('accepted_at'),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id] })],
)
