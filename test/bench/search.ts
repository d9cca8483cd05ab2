// Searches of the knowledge object over synthetic documents: words as frequent as in real text (Zipf), many documents.
import { random } from '../support/random-vectors.ts'
import { Client } from './client.ts'
import type { Hosted } from './host.ts'
import { LIMITS } from './models.ts'
import { cpuOf } from './processes.ts'
import { percentile, type Table } from './table.ts'

const SIZES = [1_000, 10_000, 100_000]
/** The size that the limit is for. */
const HELD = 10_000
const VOCABULARY = 20_000
const WORDS_A_DOCUMENT = 800
const DOCUMENTS_A_CALL = 20
const SEARCHES = 200

const SYLLABLES = 'ka ro mi ten sul var ne dop li gra shu bel on tiv cor ap'.split(' ')

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
  size: number
  chunks: number
  chunksPerSecond: number
  cpuPerChunk: number
  megabytes: number
  /** Of the whole database to the text in it. */
  toText: number
  p50: number
  p95: number
  cpu: number
  call: number
}
type Filled = { chunks: number; bytes: number; stored: number }

export async function measureSearch({ baseUrl, pid }: Hosted): Promise<Found[]> {
  const client = new Client(baseUrl)
  const found: Found[] = []
  for (const size of SIZES) {
    const name = `of-${size}`
    let filled: Filled = { chunks: 0, bytes: 0, stored: 0 }
    let id = 0
    const [indexStart, indexCpu] = [performance.now(), cpuOf(pid)]
    while (filled.chunks < size) {
      const documents = Array.from({ length: DOCUMENTS_A_CALL }, () => documentOf(id++))
      filled = await client.call<Filled>({ name, call: 'put', documents })
    }
    const indexed = performance.now() - indexStart
    const cpuPerChunk = (cpuOf(pid) - indexCpu) / filled.chunks
    const search = (at: number) => ({ name, call: 'search', text: questionOf(at) })
    await client.times(20, search)
    const before = cpuOf(pid)
    const times = await client.times(SEARCHES, (at) => search(100 + at))
    const cpu = (cpuOf(pid) - before) / SEARCHES
    const calls = await client.times(50, () => ({ name, call: 'nothing' }))
    found.push({
      size,
      chunks: filled.chunks,
      chunksPerSecond: (filled.chunks * 1000) / indexed,
      cpuPerChunk,
      megabytes: filled.stored / 2 ** 20,
      toText: filled.stored / filled.bytes,
      p50: percentile(times, 0.5),
      p95: percentile(times, 0.95),
      cpu,
      call: percentile(calls, 0.5),
    })
  }
  client.close()
  return found
}

export function searchTable(found: Found[]): Table {
  return {
    title: `Knowledge search in the Durable Object, six words, one at a time, over HTTP (limit of p95 at 10,000: ${LIMITS.searchMs} ms)`,
    head: 'chunks,p50 ms,p95 ms,,CPU ms,empty call ms,p50 ratio,chunks indexed/s,CPU ms a chunk,database MB,to text'.split(
      ',',
    ),
    rows: found.map((one) => [
      String(one.chunks),
      one.p50.toFixed(2),
      one.p95.toFixed(2),
      one.size === HELD ? (one.p95 <= LIMITS.searchMs ? 'ok' : 'OVER') : '',
      one.cpu.toFixed(2),
      one.call.toFixed(2),
      (one.p50 / one.call).toFixed(1),
      one.chunksPerSecond.toFixed(0),
      one.cpuPerChunk.toFixed(2),
      one.megabytes.toFixed(1),
      one.toText.toFixed(2),
    ]),
  }
}
