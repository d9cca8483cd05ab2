/**
 * The embedded vectors on node:sqlite: `node --expose-gc test/bench/vectors.ts [--sizes 10000,100000] [--dimensions 1536]`. Clustered
 * random vectors with a common part and dimensions of uneven spread; recall is against exact search with float32.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EmbeddedVectors } from '../../src/knowledge/index/embedded-vectors.ts'
import { VECTOR_SCHEMA } from '../../src/knowledge/index/vector-schema.ts'
import { migrate } from '../../src/lib/migrate.ts'
import { nodeSql } from '../support/node-sql.ts'
import { clustered, dot } from '../support/random-vectors.ts'

const QUESTIONS = 100
const BATCH = 256

const { values: args } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000' },
    dimensions: { type: 'string', default: '1536' },
    decay: { type: 'string', default: '0.5' },
  },
})
const dimensions = Number(args.dimensions)

/** Of what is still in use: `node --expose-gc`. */
async function arrayBuffers(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().arrayBuffers
}

/** The ten nearest chunks of each question so far, as vectors pass by: 100,000 of them fill 600 MB. */
function exactly(questions: Float32Array[]) {
  const best = questions.map(() => [] as { chunkId: number; score: number }[])
  const see = (chunkId: number, values: Float32Array) => {
    for (const [at, question] of questions.entries()) {
      const known = best[at] ?? []
      const score = dot(question, values)
      if (known.length === 10 && score <= (known[9]?.score ?? 0)) continue
      best[at] = [...known, { chunkId, score }].toSorted((a, b) => b.score - a.score).slice(0, 10)
    }
  }
  return { best, see }
}

const milliseconds = (value: number | undefined) => `${(value ?? 0).toFixed(1)} ms`

async function measure(size: number): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'))
  const path = join(folder, 'index.sqlite')
  const storage = nodeSql(path)
  migrate(storage, VECTOR_SCHEMA)
  const index = new EmbeddedVectors(storage, dimensions)
  const make = clustered(dimensions, { topics: Math.max(20, size / 100), decay: Number(args.decay) })
  const questions = Array.from({ length: QUESTIONS }, make)
  const { best, see } = exactly(questions)
  let inserting = 0
  for (let first = 0; first < size; first += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, size - first) }, (_, at) => ({
      chunkId: first + at + 1,
      document: Math.floor((first + at) / 20),
      values: make(),
    }))
    for (const { chunkId, values } of entries) see(chunkId, values)
    const start = performance.now()
    await index.upsert(entries)
    inserting += performance.now() - start
  }

  const fresh = new EmbeddedVectors(storage, dimensions)
  const before = await arrayBuffers()
  const cold = performance.now()
  await fresh.query(questions[0] ?? make(), 10)
  const first = performance.now() - cold
  const memory = (await arrayBuffers()) - before

  const times: number[] = []
  const cpu = process.cpuUsage()
  let found = 0
  for (const [at, question] of questions.entries()) {
    const start = performance.now()
    const matches = await fresh.query(question, 10)
    times.push(performance.now() - start)
    const exact = new Set(best[at]?.map(({ chunkId }) => chunkId))
    found += matches.filter(({ chunkId }) => exact.has(chunkId)).length
  }
  const { user, system } = process.cpuUsage(cpu)
  const sorted = times.toSorted((a, b) => a - b)
  const removing = performance.now()
  fresh.remove(7)
  const removed = performance.now() - removing
  storage.close()
  const disk = statSync(path).size
  rmSync(folder, { recursive: true })
  return {
    vectors: String(size),
    'insert each': `${((1_000 * inserting) / size).toFixed(0)} us`,
    'first query': milliseconds(first),
    'query p50': milliseconds(sorted[Math.floor(QUESTIONS * 0.5)]),
    'query p95': milliseconds(sorted[Math.floor(QUESTIONS * 0.95)]),
    'CPU each': milliseconds((user + system) / 1_000 / QUESTIONS),
    'recall@10': (found / QUESTIONS / 10).toFixed(3),
    'remove 20': milliseconds(removed),
    memory: `${(memory / 2 ** 20).toFixed(1)} MB`,
    disk: `${(disk / 2 ** 20).toFixed(0)} MB`,
  }
}

const rows: Record<string, string>[] = []
for (const size of args.sizes.split(',').map(Number)) rows.push(await measure(size))
console.log(`${dimensions} dimensions, spread ${args.decay}, ${QUESTIONS} questions`)
console.table(rows)
