import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { ROOT } from './home.ts'
import type { LocalDatabase } from './local-database.ts'

const FOLDER = path.join(ROOT, 'migrations')
/** The statement of `wrangler d1 migrations apply`: both keep the same books. */
const CREATE_BOOKS = `CREATE TABLE IF NOT EXISTS "d1_migrations"(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);`

/** Applies the migrations that are not in the books, each of them all or nothing. Returns how many. */
export async function applyMigrations(db: LocalDatabase): Promise<number> {
  await db.prepare(CREATE_BOOKS).run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql') && !applied.has(name)).toSorted()
  for (const file of files) {
    const migration = await readFile(path.join(FOLDER, file), 'utf8')
    const entry = `INSERT INTO d1_migrations (name) VALUES ('${file.replaceAll("'", "''")}');`
    try {
      // The local D1 hands text of several statements to SQLite as it is, inside one transaction.
      await db.prepare(`${migration}\n${entry}`).run()
    } catch (error) {
      const reason = (error as Error).message
      throw new Error(`Migration ${file} failed: ${reason} · npm run reset starts over`, { cause: error })
    }
  }
  return files.length
}
