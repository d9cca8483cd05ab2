-- One row for each call of a model. Its id is that of the budget's lease, so the two can be compared row by row.
CREATE TABLE model_calls (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  key_id TEXT,
  conversation_id TEXT,
  model TEXT,
  status TEXT NOT NULL,
  messages INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  input_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,
  cost_micros INTEGER,
  request_id TEXT NOT NULL,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;
CREATE INDEX model_calls_by_time ON model_calls (org_id, at);

-- The audit log as a chain: `seq` is given in the change's own batch, the hashes are sealed after it.
ALTER TABLE audit_log ADD COLUMN details TEXT;
ALTER TABLE audit_log ADD COLUMN seq INTEGER;
ALTER TABLE audit_log ADD COLUMN prev_hash TEXT;
ALTER TABLE audit_log ADD COLUMN hash TEXT;
UPDATE audit_log SET seq = numbered.seq
FROM (SELECT org_id, id, row_number() OVER (PARTITION BY org_id ORDER BY id) AS seq FROM audit_log) AS numbered
WHERE audit_log.org_id = numbered.org_id AND audit_log.id = numbered.id;
CREATE UNIQUE INDEX audit_log_by_seq ON audit_log (org_id, seq);
CREATE INDEX audit_log_unsealed ON audit_log (org_id) WHERE hash IS NULL;

-- How far each chain is sealed. The signature keeps who can only write D1 from making the chain anew.
CREATE TABLE audit_heads (
  org_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature TEXT NOT NULL
) WITHOUT ROWID;
