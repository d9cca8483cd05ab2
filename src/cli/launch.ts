import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Keyring } from '../lib/crypto.ts'
import { forgetPid, type Facts, writeFacts } from './demo-facts.ts'
import { type DemoAccess, DEMOS } from './demo-organizations.ts'
import { DevServer } from './dev-server.ts'
import { keyringOf, writeDevVars } from './dev-vars.ts'
import { DEV_VARS, LOG, ROOT, shown } from './home.ts'
import { freePort, freePortFrom } from './ports.ts'
import { createPrinter, type Printer } from './print.ts'
import { seed } from './seed.ts'
import { onStopRequest } from './stop-request.ts'

const DEFAULT_PORT = '8787'

/** Starts the local demo and keeps it running. Throws when it cannot start, or ends without having been asked to. */
export async function launch(argv: string[]): Promise<void> {
  const { wantedPort, json } = readFlags(argv)
  const out = createPrinter(json)
  let server: DevServer | undefined
  const cleanUp = async () => {
    await server?.stop()
    await forgetPid()
  }
  process.on('exit', () => server?.kill())
  const isStopping = onStopRequest(async () => {
    await cleanUp()
    out.stopped()
  })

  try {
    const [version, wrangler] = await Promise.all([versionOf(ROOT), versionOf(WRANGLER)])
    out.title(`FlexyAgents ${version} · local demo`)
    out.done(`Node ${short(process.versions.node)} · wrangler ${short(wrangler)}`)

    const { variables, added } = await writeDevVars()
    const keyring = keyringOf(variables)
    out.done('Secrets', `${shown(DEV_VARS)} ${added ?? 'kept as it is'}`)

    const port = await freePortFrom(wantedPort)
    const isOther = port !== wantedPort && wantedPort !== 0
    if (isOther) out.warn(`Port ${wantedPort} is taken by another program. Using ${port}.`)
    server = await DevServer.start({ port, inspectorPort: await freePort(port) })
    await run(server, keyring, out, Boolean(variables.OPENAI_API_KEY))
  } catch (error) {
    // What fails while the server is being stopped fails because of that.
    if (isStopping()) return
    await cleanUp()
    throw error
  }
}

/** Makes the demo ready, says so, and waits for the server's end. */
async function run(server: DevServer, keyring: Keyring, out: Printer, hasProvider: boolean): Promise<void> {
  // The database is made ready while the Worker boots, whose address nobody knows yet. Its code is loaded only here:
  // Miniflare and Drizzle take longer than all the rest of the launcher.
  const database = out.timed(async () => (await import('./prepare-database.ts')).prepareDatabase(keyring))
  const worker = out.timed(() => server.untilReady())
  worker.catch(() => undefined)
  const { result: prepared, seconds } = await database
  out.done('Database', appliedText(prepared.applied), seconds)
  out.done('Worker', 'ready', (await worker).seconds)

  const demo = await out.timed(() => Promise.race([seed(server.baseUrl, prepared.access), server.death]))
  out.done('Demo data', demoText(demo.result), demo.seconds)
  const facts = factsOf(server.baseUrl, demo.result.access)
  await writeFacts(facts)
  out.ready(facts, DEMOS[0].question, hasProvider)
  await server.death
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

function factsOf(baseUrl: string, access: Required<DemoAccess>[]): Facts {
  const organizations = access.map(({ demo, organizationKey, agentId, apiKey }) => {
    return { name: demo.name, organizationKey, agentId, apiKey }
  })
  const [first] = organizations
  if (!first) throw new Error('there is no demo organization')
  const { agentId, apiKey, organizationKey } = first
  return { baseUrl, agentId, apiKey, organizationKey, log: LOG, pid: process.pid, organizations }
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
