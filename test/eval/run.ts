/**
 * `npm run eval`: the product's own knowledge index and embedded model, on workerd, over evaluation sets in the common
 * layout (corpus.jsonl, queries.jsonl, qrels.tsv, answers.jsonl; whatever of it is there is used).
 *
 *   npm run eval -- --data DIR [--data DIR …] [--corpus DIR] [--method product,one-stage] [--limit 100] [--out DIR] [--tool eval.mjs]
 *
 * A set without a corpus is asked against `--corpus`, or else against the corpora of the other sets; a single set is asked
 * against `--corpus` whatever it has. `--out` gets the run files, `--tool` is run on them.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleEntry } from '../bench/bundle.ts'
import { Client } from '../bench/client.ts'
import { compatibility, startMiniflare } from '../bench/miniflare.ts'
import { type DataSet, hasFile, readDataSet } from './data-set.ts'
import { ask, type Indexed, indexCorpus } from './measure.ts'
import { METHODS, replacing } from './methods.ts'
import { report } from './report.ts'
import { useTool, writeFiles } from './run-files.ts'
import type { Result } from './tables.ts'

const USAGE = `usage: npm run eval -- --data DIR [--data DIR …] [--corpus DIR] [--method NAME,NAME] [--limit N] [--out DIR] [--tool eval.mjs]
methods:
${Object.entries(METHODS)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}`

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`)
  process.exit(2)
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string', multiple: true, default: [] },
        corpus: { type: 'string' },
        method: { type: 'string', multiple: true, default: ['product'] },
        limit: { type: 'string' },
        out: { type: 'string' },
        tool: { type: 'string' },
      },
    }).values
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const options = readOptions()
const methods = [...new Set(options.method.flatMap((names) => names.split(',')))]
const strange = methods.filter((name) => METHODS[name] === undefined)
const limit = options.limit === undefined ? undefined : Number(options.limit)
if (options.data.length === 0) fail('no --data')
if (strange.length > 0) fail(`there is no method ${strange.join(', ')}`)
if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) fail('--limit is a whole number above 0')
if (options.corpus !== undefined && !hasFile(options.corpus, 'corpus.jsonl'))
  fail(`there is no corpus.jsonl in ${options.corpus}`)
if (options.tool !== undefined && !existsSync(options.tool)) fail(`there is no ${options.tool}`)

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'flexyagents-eval-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
const out = resolve(options.out ?? mkdtempSync(join(tmpdir(), 'flexyagents-eval-out-')))
mkdirSync(out, { recursive: true })

type Plan = { set: DataSet; corpora: string[] }

/** What is asked against what. */
async function plan(): Promise<Plan[]> {
  const folders = options.data.map((path) => resolve(path))
  const corpora = folders.filter((path) => hasFile(path, 'corpus.jsonl'))
  const plans: Plan[] = []
  for (const path of folders) {
    const set = await readDataSet(path, limit)
    if (set && plans.some((other) => other.set.name === set.name)) set.name = `${basename(dirname(path))}-${set.name}`
    const isOwn = hasFile(path, 'corpus.jsonl') && !(options.corpus !== undefined && folders.length === 1)
    const others = options.corpus === undefined ? corpora : [resolve(options.corpus)]
    const against = isOwn ? [path] : others
    if (set !== undefined && set.questions.length > 0 && against.length > 0) plans.push({ set, corpora: against })
    else {
      const isAsking = set !== undefined && set.questions.length > 0
      const missing = isAsking ? 'corpus.jsonl, nor a --corpus, for' : 'queries.jsonl with questions in'
      console.error(`NOT EVALUATED: there is no ${missing} ${path}`)
      process.exitCode = 1
    }
  }
  return plans
}

async function evaluate(plans: Plan[], name: string): Promise<Result[]> {
  const method = METHODS[name] ?? fail(`there is no method ${name}`)
  const entry = join(import.meta.dirname, 'worker.ts')
  const script = await bundleEntry(entry, join(folder, `${name}.js`), [replacing(method)])
  const { miniflare, baseUrl } = await startMiniflare({
    script,
    state: join(folder, name),
    options: { ...compatibility(), durableObjects: { KNOWLEDGE: { className: 'KnowledgeIndex', useSQLite: true } } },
  })
  const client = new Client(baseUrl)
  const indexes = new Map<string, Indexed>()
  const results: Result[] = []
  for (const { set, corpora } of plans) {
    for (const corpus of corpora) {
      const indexed = indexes.get(corpus) ?? (await indexCorpus(client, corpus, corpus))
      indexes.set(corpus, indexed)
      const run = await ask(client, corpus, indexed.ids, set, method)
      const own = corpus === set.folder
      results.push({ name: own ? set.name : `${set.name} on ${basename(corpus)}`, method: name, set, indexed, run })
    }
  }
  client.close()
  await miniflare.dispose()
  return results
}

const plans = await plan()
const results: Result[] = []
for (const name of plans.length > 0 ? methods : []) results.push(...(await evaluate(plans, name)))
if (results.length > 0) {
  const files = writeFiles(out, results)
  report(results)
  if (options.tool !== undefined) useTool(resolve(options.tool), files)
  console.log(`\nRun files: ${out}`)
}
