// `npm run vault:status`: how many secrets are sealed with which key-encryption key. Changes nothing and opens nothing.
import { parseArgs } from 'node:util'
import { getTableName } from 'drizzle-orm'
import { SEALED_TABLES } from '../sealed-tables.ts'
import { applyMigrations } from './d1-migrations.ts'
import { readDevVars } from './dev-vars.ts'
import { withLocalDatabase } from './local-database.ts'
import { queryRemotely } from './remote-database.ts'

const USAGE = `Usage: npm run vault:status -- [--remote]
  --remote   of the deployed database, not the local one`

type Count = { store: string; keyId: string; count: number }

const KEY_ID = "substr(sealed, 4, instr(substr(sealed, 4), '.') - 1)"
/** Passwords name the key of their pepper; they follow a new one when their owner signs in. */
const AFTER_KEYID = "substr(password_hash, instr(password_hash, ',keyid=') + 7)"
const PASSWORDS = `SELECT 'passwords' AS store, substr(${AFTER_KEYID}, 1, instr(${AFTER_KEYID}, '$') - 1) AS keyId,
  count(*) AS count FROM users WHERE password_hash IS NOT NULL GROUP BY 2`

const QUERY = [
  ...SEALED_TABLES.map(({ table }) => {
    const name = getTableName(table)
    return `SELECT '${name}' AS store, ${KEY_ID} AS keyId, count(*) AS count FROM ${name} GROUP BY 2`
  }),
  PASSWORDS,
].join(' UNION ALL ')

try {
  await main()
} catch (error) {
  console.error(`✗ ${(error as Error).message}`)
  process.exit(1)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { remote: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help) return console.log(USAGE)
  const counts = values.remote ? await queryRemotely<Count>(QUERY) : await countLocally()
  // Secrets of the deployed Worker cannot be read back: there only the operator knows what it holds.
  const variables = values.remote ? undefined : await readDevVars()
  for (const line of describe(counts, variables)) console.log(line)
  if (variables && counts.some(({ keyId }) => !variables[`KEK_${keyId}`])) process.exitCode = 1
}

function countLocally(): Promise<Count[]> {
  return withLocalDatabase(async (db) => {
    await applyMigrations(db)
    return (await db.prepare(QUERY).all<Count>()).results
  })
}

function describe(counts: Count[], variables: Record<string, string | undefined> | undefined): string[] {
  if (counts.length === 0) return ['Nothing is sealed yet.']
  return counts
    .toSorted((a, b) => a.store.localeCompare(b.store) || a.keyId.localeCompare(b.keyId))
    .map(({ store, keyId, count }) => {
      const state = variables ? stateOf(keyId, variables) : ''
      return `${store.padEnd(12)}  ${keyId.padEnd(12)}  ${String(count).padStart(9)}  ${state}`.trimEnd()
    })
}

function stateOf(keyId: string, variables: Record<string, string | undefined>): string {
  if (keyId === variables.KEK_CURRENT) return 'current'
  return variables[`KEK_${keyId}`] ? 'old' : `✗ KEK_${keyId} is missing: these cannot be opened`
}
