import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { readKeyring } from '../lib/crypto.ts'
import { applyMigrations, MigrationError } from './d1-migrations.ts'
import { forgetPid, type Facts, writeFacts } from './demo-facts.ts'
import { type DemoAccess, prepareAccess } from './demo-access.ts'
import { DEMOS } from './demo-organizations.ts'
import { DevServer } from './dev-server.ts'
import { writeDevVars } from './dev-vars.ts'
import { DEV_VARS, LOG, ROOT, shown } from './home.ts'
import { withLocalDatabase } from './local-database.ts'
import { freePort, freePortFrom } from './ports.ts'
import { createPrinter } from './print.ts'
import { seed } from './seed.ts'

const DEFAULT_PORT = '8787'

/** Starts the local demo and returns when it is ready; the process then lives until it is stopped. */
export async function launch(argv: string[]): Promise<void> {
  const { wantedPort, json } = readFlags(argv)
  const out = createPrinter(json)
  const [version, wrangler] = await Promise.all([versionOf(ROOT), versionOf(WRANGLER)])
  out.title(`FlexyAgents ${version} · local demo`)
  out.done(`Node ${short(process.versions.node)} · wrangler ${short(wrangler)}`)

  const { variables, added } = await writeDevVars()
  const keyring = readKeyring(variables)
  out.done('Secrets', added ? `${shown(DEV_VARS)} ${added}` : `${shown(DEV_VARS)} kept as it is`)

  const port = await freePortFrom(wantedPort)
  if (port !== wantedPort && wantedPort !== 0)
    out.warn(`Port ${wantedPort} is taken by another program. Using ${port}.`)
  const server = await DevServer.start({ port, inspectorPort: await freePort(port) })
  stopOnSignals(server, out.stopped)

  try {
    // The database is made ready while the Worker boots; nobody but us can know its address yet.
    const database = out.timed(() =>
      withLocalDatabase(async (db) => {
        const applied = await applyMigrations(db)
        return { applied, access: await prepareAccess(db, keyring) }
      }),
    )
    const worker = out.timed(() => server.untilReady())
    worker.catch(() => undefined)
    const { result: prepared, seconds } = await database
    out.done('Database', appliedText(prepared.applied), seconds)
    out.done('Worker', 'ready', (await worker).seconds)

    const demo = await out.timed(() => Promise.race([seed(server.baseUrl, prepared.access), server.death]))
    out.done('Demo data', demoText(demo.result), demo.seconds)
    const facts = factsOf(server.baseUrl, demo.result.access)
    await writeFacts(facts)
    out.ready(facts, DEMOS[0].question, Boolean(variables.OPENAI_API_KEY))
    await server.death
  } catch (error) {
    await server.stop()
    await forgetPid()
    throw toFailure(error)
  }
}

function readFlags(argv: string[]) {
  const options = {
    port: { type: 'string', default: DEFAULT_PORT },
    json: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ args: argv, options })
  const wantedPort = Number(values.port)
  if (!/^\d+$/.test(values.port) || wantedPort > 65_535) throw new Error('--port: expected a number from 0 to 65535')
  return { wantedPort, json: values.json }
}

/** Ctrl C, a closed terminal and `kill` end everything. Under npm the same Ctrl C arrives twice. */
function stopOnSignals(server: DevServer, say: () => void): void {
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await server.stop()
    await forgetPid()
    say()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
  process.on('exit', () => server.kill())
}

function factsOf(baseUrl: string, access: Required<DemoAccess>[]): Facts {
  const organizations = access.map(({ demo, organizationKey, agentId, apiKey }) => {
    return { name: demo.name, organizationKey, agentId, apiKey }
  })
  const [first] = organizations
  if (!first) throw new Error('there is no demo organization')
  const { agentId, apiKey, organizationKey } = first
  return { baseUrl, agentId, apiKey, organizationKey, log: LOG, pid: process.pid, organizations }
}

function toFailure(error: unknown): Error {
  if (!(error instanceof MigrationError)) return error as Error
  return new Error(`${error.message} · npm run reset starts over`)
}

const appliedText = (count: number) =>
  count === 0 ? 'up to date' : `${count} ${count === 1 ? 'migration' : 'migrations'} applied`

function demoText({ access, articles }: Awaited<ReturnType<typeof seed>>): string {
  const size = `${access.length} organizations · ${access.length} agents`
  return articles === 0 ? `${size} · kept as they are` : `${size} · ${articles} articles`
}

const WRANGLER = path.join(path.dirname(createRequire(import.meta.url).resolve('wrangler')), '..')

async function versionOf(folder: string): Promise<string> {
  return (JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version
}

const short = (version: string) => version.split('.').slice(0, 2).join('.')
