// `npm run org:create`: adds an organization and the key that may do everything in it.
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { name as nameSchema } from '../http/schemas.ts'
import { email } from '../identity/fields.ts'
import { readKeyring, type Keyring } from '../lib/crypto.ts'
import { newId } from '../lib/ids.ts'
import { PLANS } from '../organizations/plans.ts'
import { applyMigrations } from './d1-migrations.ts'
import { keyringOf, readDevVars, writeDevVars } from './dev-vars.ts'
import { DEV_VARS, shown } from './home.ts'
import { withLocalDatabase } from './local-database.ts'
import { organizationKeySql, organizationSql, ownerInvitationSql } from './organization-rows.ts'
import { executeRemotely } from './remote-database.ts'

const USAGE = `Usage: npm run org:create -- --name "Acme" --plan ${Object.keys(PLANS).join('|')}
  --inference hosted|byok  who pays the model; hosted unless said
  --messages N             messages a month, instead of the plan's
  --tokens N               tokens a month, instead of the plan's
  --owner EMAIL            invites the first owner; prints the link once
  --origin URL             where the Worker is; the link begins with it (http://127.0.0.1:8787)
  --remote                 in the deployed database, not the local one`

const text = { type: 'string' } as const
const OPTIONS = {
  name: text,
  plan: text,
  inference: { ...text, default: 'hosted' },
  messages: text,
  tokens: text,
  owner: text,
  origin: { ...text, default: 'http://127.0.0.1:8787' },
  remote: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const limit = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a whole number')
  .transform(Number)
const FLAGS = z
  .object({
    name: z.string('is needed').pipe(nameSchema),
    plan: z.enum(Object.keys(PLANS), `expected one of ${Object.keys(PLANS).join(', ')}`),
    inference: z.enum(['hosted', 'byok'], 'expected hosted or byok'),
    messages: limit.optional(),
    tokens: limit.optional(),
    owner: email.optional(),
    origin: z.url('expected an address such as https://app.example.com').transform((url) => new URL(url).origin),
    remote: z.boolean(),
  })
  .refine(({ plan, inference }) => inference === 'hosted' || PLANS[plan]?.features.includes('byok'), {
    path: ['inference'],
    error: 'the plan does not include byok',
  })

try {
  await main()
} catch (error) {
  console.error(`✗ ${(error as Error).message}`)
  process.exit(1)
}

async function main(): Promise<void> {
  const { values } = parseArgs({ args: process.argv.slice(2), options: OPTIONS })
  if (values.help) return console.log(USAGE)
  const flags = readFlags(values)
  const id = newId('org')
  const { messages, tokens } = flags
  const limitOverrides = { ...(messages !== undefined && { messages }), ...(tokens !== undefined && { tokens }) }
  const organization = organizationSql({ ...flags, id, limitOverrides })
  const { sql, key } = await organizationKeySql(await keyringFor(flags.remote), id, 'Organization key')
  const invitation = flags.owner ? await ownerInvitationSql(id, flags.owner) : undefined
  const statements = [organization, sql, ...(invitation ? [invitation.sql] : [])]

  if (flags.remote) await executeRemotely(statements)
  else {
    await withLocalDatabase(async (db) => {
      await applyMigrations(db)
      await db.batch(statements.map((statement) => db.prepare(statement)))
    })
  }
  console.log(`✓ ${flags.name} (${flags.plan}, ${flags.inference}) is in the ${flags.remote ? 'remote' : 'local'} database

  Organization  ${id}
  Key           ${key}

  The key is shown this once. It may do everything in the organization: create agents and their keys with it.`)
  if (invitation)
    console.log(`
  Invitation    ${flags.origin}/invitation?token=${invitation.token}

  It makes ${flags.owner} the owner, works once and for 7 days.`)
}

function readFlags(values: object): z.output<typeof FLAGS> {
  const parsed = FLAGS.safeParse(values)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`)
  throw new Error(`${lines.join('\n  ')}\n\n${USAGE}`)
}

/** The keyring of the Worker that will read the key's row: a deployed one has its own, which the caller must know. */
async function keyringFor(remote: boolean): Promise<Keyring> {
  if (!remote) return keyringOf((await writeDevVars()).variables)
  try {
    return readKeyring({ ...(await readDevVars()), ...process.env })
  } catch (error) {
    const where = `Set KEK_CURRENT and KEK_<id> in the environment or in ${shown(DEV_VARS)}, with the values that`
    throw new Error(`${(error as Error).message}. ${where} the deployed Worker has.`, { cause: error })
  }
}
