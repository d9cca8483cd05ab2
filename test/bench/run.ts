/**
 * `npm run bench`: what the product costs, as ratios to a bare worker in the same run, as counted operations and as
 * sizes. Takes several minutes on two cores; everything is on this machine.
 *
 *   npm run bench -- [chat] [operations] [size] [search] [vectors] [--json FILE] [--also SCRIPT] [--rounds 5] [--ms 1000]
 *
 * `--also` measures another build of the product beside this one (`wrangler deploy --dry-run --outdir` of a copy).
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleEntry, bundleProduct } from './bundle.ts'
import { chatTables, measureChat, ROWS, type Side, value } from './chat.ts'
import type { Hosted, HostRequest } from './host.ts'
import { FAST, LONG, PACED } from './models.ts'
import { countOperations, operationTables } from './operations.ts'
import { firstLine, start, stop } from './processes.ts'
import { measureSearch, searchTable } from './search.ts'
import { measureSize, sizeTable } from './size.ts'
import { measureStartup, startupTable } from './startup.ts'
import { print, type Table } from './table.ts'
import { measureVectors, vectorsTable } from './vectors.ts'

const PARTS = ['chat', 'operations', 'size', 'search', 'vectors']

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    also: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '1000' },
  },
})
const strange = positionals.filter((name) => !PARTS.includes(name))
if (strange.length > 0) {
  console.error(`there is no ${strange.join(', ')}; there are ${PARTS.join(', ')}`)
  process.exit(2)
}
const parts = new Set(positionals.length > 0 ? positionals : PARTS)
const memory = '/dev/shm'
/** State is on a memory disk where there is one: a disk makes every write of D1 several times slower. */
const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'flexyagents-bench-'))
process.once('exit', () => {
  stop()
  rmSync(folder, { recursive: true, force: true })
})

const here = (name: string) => join(import.meta.dirname, name)
const tables: Table[] = []
const show = (...more: Table[]) => {
  for (const table of more) print(table)
  tables.push(...more)
}

let hosts = 0
async function host(kind: HostRequest['kind'], script: string, upstream = ''): Promise<Hosted> {
  const models = [FAST, PACED, LONG]
  const request: HostRequest = { kind, script, upstream, models, state: join(folder, `state-${hosts++}`) }
  const child = start(here('host.ts'), [JSON.stringify(request)])
  return firstLine<Hosted>(child)
}

const product = ['chat', 'operations', 'size'].some((name) => parts.has(name))
  ? bundleProduct(join(folder, 'bundle'))
  : ''
/** Of a streamed answer, 16 at once; a guess where the chat is not measured. */
let cpuMs = 5

async function chat(): Promise<void> {
  const upstream = await firstLine<{ url: string }>(start(here('upstream.ts')))
  const bare = await bundleEntry(here('bare-worker.ts'), join(folder, 'bare.js'))
  const sides: Side[] = [
    { name: 'bare', hosted: await host('bare', bare, upstream.url) },
    { name: 'storage', hosted: await host('storage', bare, upstream.url) },
    { name: 'product', hosted: await host('product', product, upstream.url) },
  ]
  if (options.also) sides.push({ name: 'also', hosted: await host('product', options.also, upstream.url) })
  const measured = await measureChat(sides, ROWS, Number(options.rounds), Number(options.ms))
  show(...chatTables(measured, 'product'), ...(options.also ? chatTables(measured, 'also') : []))
  const usual = measured.find(({ row }) => row.stream && row.atOnce === 16)
  if (usual) cpuMs = value(usual, 'cpu', 'product')
  stop()
}

if (parts.has('chat')) await chat()
if (parts.has('operations')) show(...operationTables(await countOperations(), cpuMs))
if (parts.has('size')) {
  show(sizeTable(await measureSize(), product))
  show(startupTable(await measureStartup(product, folder, 11)))
}
if (parts.has('search')) {
  const script = await bundleEntry(here('search-worker.ts'), join(folder, 'search.js'))
  show(searchTable(await measureSearch(await host('search', script))))
  stop()
}
if (parts.has('vectors')) {
  const script = await bundleEntry(here('vectors-worker.ts'), join(folder, 'vectors.js'))
  show(vectorsTable(await measureVectors(await host('vectors', script))))
}
if (options.json) writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), tables }, null, 2)}\n`)
process.exit(0)
