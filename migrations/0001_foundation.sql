-- Every table has org_id, and every key starts with it: an id of another organization finds nothing.
-- WITHOUT ROWID: the primary key is the table, so a row written costs one write and a list needs no second index.

CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  inference TEXT NOT NULL,
  limit_overrides TEXT NOT NULL DEFAULT '{}',
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE agents (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  behavior TEXT NOT NULL,
  allowed_origins TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
-- A browser's preflight names an agent and no organization.
CREATE UNIQUE INDEX agents_by_id ON agents (id);

CREATE TABLE keys (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  agent_id TEXT,
  environment TEXT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  prefix TEXT NOT NULL,
  last4 TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT NOT NULL,
  replaced_by TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX keys_by_hash ON keys (hash);

CREATE TABLE credentials (
  org_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  last4 TEXT NOT NULL,
  sealed TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, kind)
) WITHOUT ROWID;

CREATE TABLE conversations (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  id TEXT NOT NULL,
  environment TEXT NOT NULL,
  title TEXT NOT NULL,
  message_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, id)
) WITHOUT ROWID;

CREATE TABLE messages (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  id TEXT NOT NULL,
  role TEXT NOT NULL,
  content TEXT NOT NULL,
  status TEXT NOT NULL,
  citations TEXT,
  finish_reason TEXT,
  error_code TEXT,
  model TEXT,
  input_tokens INTEGER,
  output_tokens INTEGER,
  key_id TEXT,
  request_id TEXT NOT NULL,
  first_token_ms INTEGER,
  total_ms INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, conversation_id, id)
) WITHOUT ROWID;

CREATE TABLE audit_log (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  request_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;

-- The outbox: what happened, written by the same batch as the change it tells of.
CREATE TABLE events (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
