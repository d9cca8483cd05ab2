/** What D1 holds of an organization: a table, the order of its rows, and what never leaves. */
export type Holding = {
  name: string
  /** Where its rows come from when it is not the table of this name. */
  from?: string
  /** Column of the organization's id. */
  org?: string
  /** The rest of the primary key. */
  key: readonly string[]
  secret?: readonly string[]
}

/**
 * Every table with rows of an organization. It names tables of all rooms because an export must not depend on each of
 * them to remember it; a test compares this list with the database, so a table that is new cannot be forgotten.
 */
export const HOLDINGS: readonly Holding[] = [
  { name: 'organizations', org: 'id', key: ['id'] },
  {
    name: 'members',
    from: '(SELECT members.*, users.name, users.email FROM members JOIN users ON users.id = members.user_id)',
    key: ['user_id'],
  },
  { name: 'invitations', key: ['id'], secret: ['token_hash'] },
  { name: 'agents', key: ['id'] },
  { name: 'agent_versions', key: ['agent_id', 'version'] },
  { name: 'keys', key: ['id'], secret: ['hash', 'sealed'] },
  { name: 'credentials', key: ['kind'], secret: ['sealed'] },
  { name: 'sources', key: ['agent_id', 'id'] },
  { name: 'conversations', key: ['agent_id', 'id'] },
  { name: 'messages', key: ['conversation_id', 'id'] },
  { name: 'model_calls', key: ['id'] },
  { name: 'events', key: ['id'] },
  { name: 'audit_log', key: ['id'] },
]

/** Tables that are in no export, and why. */
export const WITHHELD: Record<string, string> = {
  users: 'a person, who may be in other organizations; name and address stand with the member',
  identities: 'how a person signs in',
  sessions: 'of a person, with secrets',
  mails: 'the outbox of development',
  audit_heads: 'follows from the audit log',
  d1_migrations: 'of the platform',
}

/** Columns that look like a secret and are none. */
export const HARMLESS = ['audit_log.hash', 'audit_log.prev_hash', 'messages.first_token_ms']
