// How long workerd needs to start the Worker: raw workerd, no miniflare around it.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SECRETS } from '../support/worker.ts'
import { read } from './bundle.ts'
import { compatibility, productOptions } from './miniflare.ts'
import { LIMITS } from './models.ts'
import { cpuOf, remember, stop } from './processes.ts'
import { median, type Table } from './table.ts'

type Started = { wall: number; cpu: number }

const HELLO = `export default { fetch: () => new Response('hello') }`
const workerd = createRequire(createRequire(import.meta.url).resolve('miniflare'))('workerd') as { default: string }

/** From the process to its first answer, the Worker and a hello world in turn. */
export async function measureStartup(bundle: string, folder: string, rounds: number) {
  const hello = configure(join(folder, 'hello'), HELLO, {})
  const product = configure(join(folder, 'product'), read(bundle), productOptions(SECRETS).bindings ?? {})
  const times = { hello: [] as Started[], product: [] as Started[] }
  for (let round = 0; round < rounds; round++) {
    times.hello.push(await startOnce(hello))
    times.product.push(await startOnce(product))
  }
  return { hello: summary(times.hello), product: summary(times.product) }
}

function summary(times: Started[]): Started {
  // CPU is counted in steps of ten milliseconds, so a median of it would be one of them.
  const cpu = times.reduce((sum, one) => sum + one.cpu, 0) / times.length
  return { wall: median(times.map(({ wall }) => wall)), cpu }
}

/** Writes a configuration of one Worker with variables and without other bindings, which a start does not touch. */
function configure(folder: string, script: string, variables: Record<string, unknown>): string {
  const { compatibilityDate, compatibilityFlags } = compatibility()
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.js'), script)
  const path = join(folder, 'config.capnp')
  writeFileSync(
    path,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "index.js", esModule = embed "index.js")],
    compatibilityDate = "${compatibilityDate}",
    compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
    bindings = [${bindings.join(', ')}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  )
  return path
}

async function startOnce(config: string): Promise<Started> {
  const started = performance.now()
  const child = remember(
    spawn(workerd.default, ['serve', '--experimental', '--control-fd=3', config], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    }),
  )
  try {
    // A chat without a key: refused before any binding is asked, after all that a chat loads.
    const response = await fetch(`http://127.0.0.1:${await portOf(child)}/api/agents/agt_1/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    await response.arrayBuffer()
    return { wall: performance.now() - started, cpu: cpuOf(child.pid ?? 0) }
  } finally {
    stop(child)
  }
}

/** Told on file descriptor 3, a JSON object a line, as soon as the socket is open. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let told = ''
    // Read, and shown only when it matters: workerd warns of flags that have become the default.
    let warnings = ''
    child.stderr?.on('data', (chunk: Buffer) => (warnings += chunk.toString()))
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}: ${warnings}`)))
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      told += chunk.toString()
      const port = /"socket":"http","port":(\d+)/.exec(told)?.[1]
      if (port) resolve(Number(port))
    })
  })
}

const row = (name: string, { wall, cpu }: Started, verdict = '') => [name, wall.toFixed(0), cpu.toFixed(0), verdict]

export function startupTable({ hello, product }: Awaited<ReturnType<typeof measureStartup>>): Table {
  const added = { wall: product.wall - hello.wall, cpu: product.cpu - hello.cpu }
  return {
    title: `Start of raw workerd, process to first answer (limit ${LIMITS.startMs} ms above hello world)`,
    head: ['', 'ms', 'CPU ms', ''],
    rows: [
      row('hello world', hello),
      row('product', product),
      // By its CPU time, which is all that a start does: on a busy machine the clock also counts the others.
      row('added', added, added.cpu <= LIMITS.startMs ? 'ok' : 'OVER'),
    ],
  }
}
