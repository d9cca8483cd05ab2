import { verifyPassword } from '../identity/password-hash.ts'
import { type Keyring, open } from '../lib/crypto.ts'
import { applyMigrations } from './d1-migrations.ts'
import { type DemoAccess, DEMO_USER, DEMOS, KEY_NAME } from './demo-organizations.ts'
import { type LocalDatabase, withLocalDatabase } from './local-database.ts'
import { organizationKeySql, organizationSql, ownerSql, userSql } from './organization-rows.ts'

/** Applies migrations, finds the demo organizations and their keys, and adds the rows that are not there. */
export async function prepareDatabase(keyring: Keyring): Promise<{ applied: number; access: DemoAccess[] }> {
  return withLocalDatabase(async (db) => {
    const applied = await applyMigrations(db)
    return { applied, access: await prepareAccess(db, keyring) }
  })
}

async function prepareAccess(db: LocalDatabase, keyring: Keyring): Promise<DemoAccess[]> {
  const known = await db.prepare('SELECT id FROM organizations').all<{ id: string }>()
  const ids = new Set(known.results.map(({ id }) => id))
  const statements: string[] = []
  const all = await Promise.all(
    DEMOS.map(async (demo): Promise<DemoAccess> => {
      const { id, name, plan } = demo
      if (!ids.has(id)) {
        statements.push(organizationSql({ id, name, plan, inference: 'hosted', limitOverrides: {} }))
      }
      const found = await findKeys(db, keyring, id)
      if (found.organizationKey) return { ...found, demo, organizationKey: found.organizationKey }
      const { sql, key } = await organizationKeySql(keyring, id, KEY_NAME)
      statements.push(sql)
      return { ...found, demo, organizationKey: key }
    }),
  )
  statements.push(...(await missingOwner(db, keyring)))
  if (statements.length > 0) await db.batch(statements.map((sql) => db.prepare(sql)))
  return all
}

/**
 * The demo's person. Its password is hashed with the keyring: when .dev.vars was made anew nobody could sign in any
 * more, so the row is made anew as well.
 */
async function missingOwner(db: LocalDatabase, keyring: Keyring): Promise<string[]> {
  const { id, email } = DEMO_USER
  const found = await db
    .prepare('SELECT password_hash AS hash FROM users WHERE email = ?')
    .bind(email)
    .first<{ hash: string }>()
  const { results } = await db
    .prepare('SELECT org_id FROM members WHERE user_id = ?')
    .bind(id)
    .all<{ org_id: string }>()
  const owned = new Set(results.map(({ org_id }) => org_id))
  const missing = DEMOS.filter((demo) => !owned.has(demo.id)).map((demo) => ownerSql(demo.id, id))
  const isUsable = found && (await verifyPassword(keyring, DEMO_USER.password, found.hash)).matches
  if (isUsable) return missing
  return [`DELETE FROM users WHERE email = '${email}';`, await userSql(keyring, DEMO_USER), ...missing]
}

type KeyRow = { id: string; agent_id: string | null; sealed: string }

/** Keys that still work, of agents that still exist. The rows hold the keys sealed: no file has to keep them. */
const LIVE_KEYS = `SELECT keys.id, keys.agent_id, keys.sealed FROM keys
  LEFT JOIN agents ON agents.org_id = keys.org_id AND agents.id = keys.agent_id AND agents.deleted_at IS NULL
  WHERE keys.org_id = ? AND keys.name = ? AND keys.revoked_at IS NULL AND keys.expires_at IS NULL
    AND (keys.agent_id IS NULL OR agents.id IS NOT NULL)
  ORDER BY keys.id`

async function findKeys(db: LocalDatabase, keyring: Keyring, orgId: string): Promise<Partial<DemoAccess>> {
  const found: Partial<DemoAccess> = {}
  const { results } = await db.prepare(LIVE_KEYS).bind(orgId, KEY_NAME).all<KeyRow>()
  for (const { id, agent_id: agentId, sealed } of results) {
    // Undefined when .dev.vars was made anew: its key-encryption key opens nothing older.
    const key = await open(keyring, sealed, `${orgId}|keys|sealed|${id}`).catch(() => undefined)
    if (key === undefined) continue
    if (agentId === null) found.organizationKey = key
    else Object.assign(found, { agentId, apiKey: key })
  }
  return found
}
