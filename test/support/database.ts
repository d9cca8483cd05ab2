/** Looks into D1 past the API: what is really stored of an organization, and whether a secret lies anywhere in clear. */
import type { TestWorker } from './worker.ts'

type Row = Record<string, unknown>

async function tablesOf(worker: TestWorker): Promise<string[]> {
  const query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`
  const { results } = await worker.env.DB.prepare(query).all<{ name: string }>()
  return results.map(({ name }) => name)
}

/** Every row of every table as one text, for canaries. */
export async function dumpDatabase(worker: TestWorker): Promise<string> {
  const dumps = await Promise.all(
    (await tablesOf(worker)).map(async (table) => {
      const { results } = await worker.env.DB.prepare(`SELECT * FROM "${table}"`).all()
      return results.map((row) => `${table} ${JSON.stringify(row)}`).join('\n')
    }),
  )
  return dumps.join('\n')
}

/** Rows of people have no organization of their own: where to look for those of its members. */
const OF_PEOPLE: Record<string, string> = {
  users: 'SELECT * FROM users WHERE id IN (SELECT user_id FROM members WHERE org_id = ?)',
  identities: 'SELECT * FROM identities WHERE user_id IN (SELECT user_id FROM members WHERE org_id = ?)',
  sessions: 'SELECT * FROM sessions WHERE current_org_id = ?',
}
const OF_NOBODY = ['d1_migrations', 'mails', 'audit_heads']
/** Written later, beside whatever a test does: when a key was last used, and the seals of the audit log. */
const LATER = { last_used_at: undefined, prev_hash: undefined }
const unsealed = (table: string) => (table === 'audit_log' ? { hash: undefined } : {})

/** All rows of an organization by table; without what is written later. */
export async function rowsOf(worker: TestWorker, orgId: string): Promise<Record<string, Row[]>> {
  const found: Record<string, Row[]> = {}
  for (const table of await tablesOf(worker)) {
    const column = table === 'organizations' ? 'id' : 'org_id'
    if (OF_NOBODY.includes(table)) continue
    const query = OF_PEOPLE[table] ?? `SELECT * FROM "${table}" WHERE "${column}" = ?`
    const { results } = await worker.env.DB.prepare(query).bind(orgId).all()
    found[table] = results.map((row) => ({ ...row, ...LATER, ...unsealed(table) }))
  }
  return found
}
