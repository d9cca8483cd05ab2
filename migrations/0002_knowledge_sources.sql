-- Where an agent's documents come from. How a sync stands is the business of the source's own object.
CREATE TABLE sources (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, id)
) WITHOUT ROWID;
