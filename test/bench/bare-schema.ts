/** Tables of `bare-worker.ts`, apart from it because Node reads this file as well. */
export const SCHEMA = [
  'CREATE TABLE conversations (id TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID',
  'CREATE TABLE messages (id TEXT, role TEXT, content TEXT, PRIMARY KEY (id, role)) WITHOUT ROWID',
]
