// The load generator, a process of its own that is spoken to by messages: a `Load` gives a `Loaded`.
import { Agent, request } from 'node:http'

export type Load = {
  url: string
  headers: Record<string, string>
  /** Sent in turn. */
  bodies: string[]
  stream: boolean
  atOnce: number
  /** No request begins after this time; those that run are waited for. */
  milliseconds: number
}
export type Loaded = {
  answers: number
  failures: number
  /** What the first failure was. */
  failure: string | undefined
  elapsed: number
  /** Milliseconds, sorted. */
  firstToken: number[]
  whole: number[]
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'fifo' })
const DELTA = Buffer.from('"text-delta"')

type Answer = { failure?: string; firstToken: number; whole: number }

function ask(load: Load, turn: number): Promise<Answer> {
  return new Promise((resolve) => {
    const body = load.bodies[turn % load.bodies.length] ?? ''
    const started = performance.now()
    let firstToken = 0
    let last: Buffer = Buffer.alloc(0)
    const settle = (failure?: string) =>
      resolve({ ...(failure ? { failure } : {}), firstToken, whole: performance.now() - started })
    const headers = { ...load.headers, 'content-length': Buffer.byteLength(body) }
    const sent = request(load.url, { method: 'POST', agent, headers }, (response) => {
      response.on('data', (chunk: Buffer) => {
        if (firstToken === 0 && (!load.stream || chunk.includes(DELTA))) firstToken = performance.now() - started
        last = chunk
      })
      response.on('end', () => {
        const isWhole = last.includes(load.stream ? '"finish"' : '"assistant"')
        if (response.statusCode === 200 && isWhole && firstToken > 0) settle()
        else settle(`${response.statusCode} ${last.toString().slice(-300)}`)
      })
      response.on('error', (error) => settle(error.message))
    })
    sent.on('error', (error) => settle(error.message))
    sent.end(body)
  })
}

async function run(load: Load): Promise<Loaded> {
  const answers: Answer[] = []
  const started = performance.now()
  let turn = 0
  const askOn = async () => {
    while (performance.now() - started < load.milliseconds) answers.push(await ask(load, turn++))
  }
  await Promise.all(Array.from({ length: load.atOnce }, askOn))
  const elapsed = performance.now() - started
  const good = answers.filter(({ failure }) => failure === undefined)
  const sorted = (of: (answer: Answer) => number) => good.map(of).toSorted((a, b) => a - b)
  return {
    answers: good.length,
    failures: answers.length - good.length,
    failure: answers.find(({ failure }) => failure !== undefined)?.failure,
    elapsed,
    firstToken: sorted(({ firstToken }) => firstToken),
    whole: sorted(({ whole }) => whole),
  }
}

process.on('message', (load: Load) => {
  void run(load).then((loaded) => process.send?.(loaded))
})
process.once('disconnect', () => process.exit())
