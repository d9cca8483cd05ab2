-- What is known of an answer beside its citations, and whether its conversation waits for a person.
ALTER TABLE messages ADD COLUMN grounding TEXT;
ALTER TABLE messages ADD COLUMN action TEXT;
ALTER TABLE messages ADD COLUMN knowledge_epoch INTEGER;
ALTER TABLE conversations ADD COLUMN handoff_requested_at INTEGER;
