// Searches of the knowledge object over synthetic documents: words as frequent as in real text (Zipf), many documents.
import { Agent, request } from 'node:http'
import type { Hosted } from './host.ts'
import { cpuOf } from './processes.ts'
import { percentile, type Table } from './table.ts'

export const SIZES = [1_000, 10_000]
const VOCABULARY = 20_000
const WORDS_A_DOCUMENT = 800
const DOCUMENTS_A_CALL = 20
const SEARCHES = 200

/** The same numbers in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const SYLLABLES = [
  'ka',
  'ro',
  'mi',
  'ten',
  'sul',
  'var',
  'ne',
  'dop',
  'li',
  'gra',
  'shu',
  'bel',
  'on',
  'tiv',
  'cor',
  'ap',
]

function wordOf(rank: number): string {
  let word = ''
  for (let rest = rank + 16; rest > 0; rest = Math.floor(rest / 16)) word += SYLLABLES[rest % 16]
  return word
}

/** A rank by Zipf's law: the logarithm of the rank is evenly spread. */
const rankOf = (next: () => number) => Math.floor(Math.exp(next() * Math.log(VOCABULARY))) - 1

function documentOf(id: number) {
  const next = random(id)
  const words = Array.from({ length: WORDS_A_DOCUMENT }, () => wordOf(rankOf(next)))
  const sentences = Array.from({ length: WORDS_A_DOCUMENT / 16 }, (_, at) =>
    words.slice(at * 16, at * 16 + 16).join(' '),
  )
  const title = `${words[0]} ${words[5]} ${words[9]}`
  return { id: `doc_${id}`, title, format: 'text', content: `${sentences.join('. ')}.` }
}

/** Six words, some frequent and some rare, as a question has. */
function questionOf(at: number): string {
  const next = random(1_000_000 + at)
  return Array.from({ length: 6 }, () => wordOf(rankOf(next))).join(' ')
}

type Found = {
  chunks: number
  chunksPerSecond: number
  cpuPerChunk: number
  p50: number
  p95: number
  cpu: number
  call: number
}

export async function measureSearch({ baseUrl, pid }: Hosted): Promise<Found[]> {
  const agent = new Agent({ keepAlive: true })
  const ask = (body: object) => post<{ chunks: number; passages: number }>(baseUrl, agent, JSON.stringify(body))
  const found: Found[] = []
  for (const size of SIZES) {
    const name = `of-${size}`
    let chunks = 0
    let id = 0
    const [indexStart, indexCpu] = [performance.now(), cpuOf(pid)]
    while (chunks < size) {
      const documents = Array.from({ length: DOCUMENTS_A_CALL }, () => documentOf(id++))
      chunks = (await ask({ name, call: 'put', documents })).chunks
    }
    const indexed = performance.now() - indexStart
    const cpuPerChunk = (cpuOf(pid) - indexCpu) / chunks
    const time = async (body: object) => {
      const started = performance.now()
      await ask(body)
      return performance.now() - started
    }
    const times: number[] = []
    for (let at = 0; at < 20; at++) await time({ name, call: 'search', text: questionOf(at) })
    const before = cpuOf(pid)
    for (let at = 0; at < SEARCHES; at++) times.push(await time({ name, call: 'search', text: questionOf(100 + at) }))
    const cpu = (cpuOf(pid) - before) / SEARCHES
    const calls: number[] = []
    for (let at = 0; at < 50; at++) calls.push(await time({ name, call: 'nothing' }))
    const [sorted, rest] = [times, calls].map((all) => all.toSorted((a, b) => a - b)) as [number[], number[]]
    found.push({
      chunks,
      chunksPerSecond: (chunks * 1000) / indexed,
      cpuPerChunk,
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      cpu,
      call: percentile(rest, 0.5),
    })
  }
  agent.destroy()
  return found
}

function post<T>(url: string, agent: Agent, body: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T)
        else reject(new Error(`the knowledge index answered ${response.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export function searchTable(found: Found[]): Table {
  return {
    title: 'Knowledge search in the Durable Object, six words, one at a time (over HTTP)',
    head: ['chunks', 'p50 ms', 'p95 ms', 'CPU ms', 'empty call ms', 'chunks indexed/s', 'CPU ms a chunk'],
    rows: found.map(({ chunks, p50, p95, cpu, call, chunksPerSecond, cpuPerChunk }) => [
      String(chunks),
      p50.toFixed(2),
      p95.toFixed(2),
      cpu.toFixed(2),
      call.toFixed(2),
      chunksPerSecond.toFixed(0),
      cpuPerChunk.toFixed(2),
    ]),
  }
}
