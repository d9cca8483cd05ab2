// Searches among vectors in the Durable Object. The vectors are clustered at random with a common part and dimensions of
// uneven spread; recall is against exact search with float32.
import { Client } from './client.ts'
import type { Hosted } from './host.ts'
import { cpuOf } from './processes.ts'
import { mean } from '../eval/metrics.ts'
import { percentile, type Table } from './table.ts'

const SIZES = [10_000, 100_000]
const QUESTIONS = 20
const SEARCHES = 200
const A_CALL = 2_048

type Found = {
  vectors: number
  p50: number
  p95: number
  cpu: number
  call: number
  recall: number
  megabytes: number
}

export async function measureVectors({ baseUrl, pid }: Hosted): Promise<Found[]> {
  const client = new Client(baseUrl)
  const found: Found[] = []
  for (const size of SIZES) {
    const name = `of-${size}`
    let filled = { vectors: 0, stored: 0 }
    while (filled.vectors < size) {
      const count = Math.min(A_CALL, size - filled.vectors)
      filled = await client.call({ name, call: 'fill', count, topics: Math.max(20, size / 100) })
    }
    await client.times(20, (at) => ({ name, call: 'query', at }))
    const before = cpuOf(pid)
    const times = await client.times(SEARCHES, (at) => ({ name, call: 'query', at }))
    const cpu = (cpuOf(pid) - before) / SEARCHES
    const recall: number[] = []
    for (let at = 0; at < QUESTIONS; at++) recall.push(await client.call<number>({ name, call: 'recall', at }))
    const calls = await client.times(50, () => ({ name, call: 'nothing' }))
    found.push({
      vectors: filled.vectors,
      p50: percentile(times, 0.5),
      p95: percentile(times, 0.95),
      cpu,
      call: percentile(calls, 0.5),
      recall: mean(recall),
      megabytes: filled.stored / 2 ** 20,
    })
  }
  client.close()
  return found
}

export function vectorsTable(found: Found[]): Table {
  return {
    title: 'Ten nearest of vectors with 1,536 dimensions in the Durable Object, one at a time, over HTTP',
    head: ['vectors', 'p50 ms', 'p95 ms', 'CPU ms', 'empty call ms', 'p50 ratio', 'recall@10', 'database MB'],
    rows: found.map(({ vectors, p50, p95, cpu, call, recall, megabytes }) => [
      String(vectors),
      p50.toFixed(2),
      p95.toFixed(2),
      cpu.toFixed(2),
      call.toFixed(2),
      (p50 / call).toFixed(1),
      recall.toFixed(3),
      megabytes.toFixed(0),
    ]),
  }
}
