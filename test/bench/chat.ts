// The product's chat against a bare worker, in one run and in turn: ratios hold on a busy machine, milliseconds do not.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hosted } from './host.ts'
import type { Load, Loaded } from './load.ts'
import { FAST, LIMITS, LONG, LONG_TOKENS, PACED, TOKENS } from './models.ts'
import { cpuOf, startWorkerProcess } from './processes.ts'
import { median, percentile, type Table } from './table.ts'

/** Words of the demo help centre, as customers ask. */
const QUESTIONS = [
  'How long do refunds take?',
  'Do you ship to Norway and what does it cost?',
  'How can I change or cancel my order?',
  'My parcel is lost, what happens now?',
  'Which size of hiking boots should I take?',
  'Can I pay with a gift card?',
  'How do I wash a down sleeping bag?',
  'What does the warranty cover?',
]

export type Row = { label: string; model: string; stream: boolean; atOnce: number }

export const ROWS: Row[] = [
  ...[1, 16, 64].map((atOnce) => ({ label: `streamed, ${atOnce} at once`, model: FAST, stream: true, atOnce })),
  ...[1, 16, 64].map((atOnce) => ({ label: `whole, ${atOnce} at once`, model: FAST, stream: false, atOnce })),
  { label: 'streamed, 64, 20 ms + 5 ms a token', model: PACED, stream: true, atOnce: 64 },
  { label: `streamed, 16, ${LONG_TOKENS} tokens`, model: LONG, stream: true, atOnce: 16 },
]

export type Side = { name: string; hosted: Hosted }
type Slice = { cpu: number; first: number; rate: number }
export type Measured = { row: Row; slices: Record<string, Slice[]> }

/** Runs every row on every side in short slices: A B C A B C …, after one that warms up. */
export async function measureChat(sides: Side[], rows: Row[], rounds: number, milliseconds: number) {
  const generator = startWorkerProcess(new URL('load.ts', import.meta.url).pathname)
  const measured: Measured[] = []
  for (const row of rows) {
    for (const side of sides) await slice(generator, side, row, milliseconds)
    const slices: Measured['slices'] = Object.fromEntries(sides.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) slices[side.name]?.push(await slice(generator, side, row, milliseconds))
    }
    measured.push({ row, slices })
  }
  return measured
}

async function slice(
  generator: ReturnType<typeof startWorkerProcess>,
  { name, hosted }: Side,
  { label, model, stream, atOnce }: Row,
  milliseconds: number,
): Promise<Slice> {
  const target = hosted.targets[model]
  if (!target) throw new Error(`${name} has no model ${model}`)
  const load: Load = {
    url: hosted.baseUrl + target.path,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${target.key}`,
      'cf-connecting-ip': '203.0.113.7',
    },
    bodies: QUESTIONS.map((content) => JSON.stringify({ messages: [{ role: 'user', content }], stream })),
    stream,
    atOnce,
    milliseconds,
  }
  const before = cpuOf(hosted.pid)
  generator.send(load)
  const [loaded] = (await once(generator, 'message')) as [Loaded]
  // What is written after the answer belongs to it.
  await sleep(20)
  if (loaded.failures > 0) throw new Error(`${name}, ${label}: ${loaded.failures} answers failed: ${loaded.failure}`)
  return {
    cpu: (cpuOf(hosted.pid) - before) / loaded.answers,
    first: percentile(loaded.firstToken, 0.5),
    rate: (loaded.answers * 1000) / loaded.elapsed,
  }
}

/** The median over the rounds of what one side needs for each unit of the other's. */
function ratioOf({ slices }: Measured, of: keyof Slice, ours: string, theirs: string): number {
  const other = slices[theirs] ?? []
  return median((slices[ours] ?? []).map((one, round) => one[of] / (other[round]?.[of] ?? Number.NaN)))
}

export const value = ({ slices }: Measured, of: keyof Slice, name: string) =>
  median((slices[name] ?? []).map((one) => one[of]))

const within = (isHeld: boolean, ratio: number, limit: number) => (isHeld ? (ratio <= limit ? 'ok' : 'OVER') : '')

/** `ours` is the name of the side that is held against the bare worker. */
export function chatTables(measured: Measured[], ours: string): Table[] {
  const rows = measured.map((one) => {
    const isGated = one.row.stream && one.row.model === FAST
    const cpu = ratioOf(one, 'cpu', ours, 'bare')
    const first = ratioOf(one, 'first', ours, 'bare')
    return [
      one.row.label,
      ...['bare', 'storage', ours].map((name) => value(one, 'cpu', name).toFixed(2)),
      cpu.toFixed(2),
      within(isGated, cpu, LIMITS.cpuRatio),
      ratioOf(one, 'cpu', ours, 'storage').toFixed(2),
      ['bare', 'storage', ours].map((name) => value(one, 'first', name).toFixed(1)).join(' / '),
      first.toFixed(2),
      within(isGated && one.row.atOnce === 1, first, LIMITS.firstTokenRatio),
      ['bare', 'storage', ours].map((name) => value(one, 'rate', name).toFixed(0)).join(' / '),
      ratioOf(one, 'rate', ours, 'bare').toFixed(2),
    ]
  })
  const title =
    `Chat of ${ours} against a bare worker: medians, CPU in ms a request ` +
    `(limits to bare: CPU ${LIMITS.cpuRatio}, first token one at a time ${LIMITS.firstTokenRatio})`
  const head = ['50 tokens, no delay', 'bare', 'bare+storage', ours, 'CPU ratio', '', 'to bare+storage']
  return [
    { title, head: [...head, 'first token ms', 'ratio', '', 'requests/s', 'ratio'], rows },
    perToken(measured, ours),
  ]
}

/** From two lengths of the same answer: what a token costs, and what a request costs without any. */
function perToken(measured: Measured[], ours: string): Table {
  const short = measured.find(({ row }) => row.stream && row.model === FAST && row.atOnce === 16)
  const long = measured.find(({ row }) => row.model === LONG)
  const rows = ['bare', 'storage', ours].map((name) => {
    const few = short ? value(short, 'cpu', name) : Number.NaN
    const many = long ? value(long, 'cpu', name) : Number.NaN
    const token = (many - few) / (LONG_TOKENS - TOKENS)
    return [name, (token * 1000).toFixed(1), (few - token * TOKENS).toFixed(2)]
  })
  return { title: 'CPU by token, 16 at once', head: ['', 'us a streamed token', 'ms a request besides'], rows }
}
