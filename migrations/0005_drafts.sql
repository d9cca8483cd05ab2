-- What an agent is about to become, as the fields that differ from what holds, and every behavior that ever held.
ALTER TABLE agents ADD COLUMN draft TEXT;
ALTER TABLE agents ADD COLUMN draft_saved_at INTEGER;

CREATE TABLE agent_versions (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  behavior TEXT NOT NULL,
  actor_type TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, version)
) WITHOUT ROWID;

INSERT INTO agent_versions
SELECT org_id, id, 1, behavior, 'job', 'migration', updated_at FROM agents WHERE deleted_at IS NULL;

-- Where a conversation came in: `api`, or `tester` for somebody who tries the agent out in the dashboard.
ALTER TABLE conversations ADD COLUMN channel TEXT NOT NULL DEFAULT 'api';
