// Indexes evaluation sets (corpus.jsonl, queries.jsonl, qrels.tsv, answers.jsonl) with the project's own code on
// node:sqlite and prints how well it searches, quotes and abstains.
//   node test/eval/lexical.ts --data DIR [--data DIR …] --tool eval.mjs [--corpus DIR] [--out DIR]
// With --corpus the queries of --data are asked against that directory's corpus (off-topic refusal).
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import type { QueryText } from '../../src/models/evidence.ts'
import { ABSTAIN_BELOW, extractAnswer, rankSentences } from '../../src/models/extract.ts'
import { nodeSql } from '../support/node-sql.ts'

interface Line {
  id: string
  text: string
  title?: string
  answer?: string
  answerable?: boolean
  history?: { role: string; content: string }[]
}

const { values } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    corpus: { type: 'string' },
    tool: { type: 'string' },
    out: { type: 'string' },
  },
})
const out = values.out ?? mkdtempSync(join(tmpdir(), 'lexical-'))
for (const data of values.data ?? []) {
  if (existsSync(join(data, 'queries.jsonl'))) await evaluate(data, values.corpus ?? data)
  else {
    console.error(`NOT EVALUATED: there is no queries.jsonl in ${data}`)
    process.exitCode = 1
  }
}
if (values.data === undefined)
  console.error('usage: lexical.ts --data DIR [--data DIR …] [--corpus DIR] [--tool eval.mjs] [--out DIR]')

async function evaluate(data: string, corpus: string): Promise<void> {
  const store = new KnowledgeStore(nodeSql())
  const began = performance.now()
  for (const { id, title, text } of readLines(join(corpus, 'corpus.jsonl'))) {
    await store.putDocument({ id, title: title ?? '', content: text, format: 'text' })
  }
  const indexed = performance.now() - began
  const queries = readLines(join(data, 'queries.jsonl'))
  const run: string[] = []
  const predictions: string[] = []
  const scores: { score: number; answerable: boolean }[] = []
  const times: number[] = []
  for (const query of queries) {
    const texts = textsOf(query)
    const started = performance.now()
    const found = store.search({ texts, limit: 50, maxChars: 1e6 })
    times.push(performance.now() - started)
    for (const [at, passage] of found.passages.entries())
      run.push([query.id, passage.documentId, at + 1, 1 - at / 100].join('\t'))
    const evidence = { ...found, passages: found.passages.slice(0, 5) }
    const shown = rankSentences({ texts }, evidence).slice(0, 3)
    const abstain = extractAnswer({ texts }, evidence).sentences.length === 0
    predictions.push(
      JSON.stringify({ id: query.id, sentences: shown.map((sentence) => sentence.text), score: found.score, abstain }),
    )
    scores.push({ score: found.score, answerable: query.answerable !== false })
  }
  const { chunks, documents } = store.stats()
  times.sort((a, b) => a - b)
  const ms = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2)
  console.log(
    `\n${basename(data)} on ${basename(corpus)}: ${documents} documents, ${chunks} chunks indexed in ${indexed.toFixed(0)} ms; ` +
      `${queries.length} searches, p50 ${ms(0.5)} p95 ${ms(0.95)} ms`,
  )
  const paths = {
    run: join(out, `${basename(data)}.run.tsv`),
    predictions: join(out, `${basename(data)}.predictions.jsonl`),
  }
  writeFileSync(paths.run, `${run.join('\n')}\n`)
  writeFileSync(paths.predictions, `${predictions.join('\n')}\n`)
  for (const answerable of [true, false]) {
    const some = scores.filter((score) => score.answerable === answerable)
    const refused = some.filter(({ score }) => score < ABSTAIN_BELOW).length
    if (some.length > 0)
      console.log(
        `refused ${answerable ? 'answerable' : 'unanswerable'}: ${((100 * refused) / some.length).toFixed(1)} % of ${some.length}`,
      )
  }
  const tool = values.tool
  if (tool === undefined) return
  const measure = (...args: string[]): void =>
    console.log(execFileSync(process.execPath, [tool, ...args], { encoding: 'utf8' }).trim())
  if (existsSync(join(data, 'qrels.tsv'))) measure('rank', paths.run, join(data, 'qrels.tsv'))
  if (existsSync(join(data, 'answers.jsonl'))) measure('answers', paths.predictions, join(data, 'answers.jsonl'))
  if (queries.some((query) => query.answer !== undefined))
    measure('overlap', paths.predictions, join(data, 'queries.jsonl'))
}

function textsOf(query: Line): QueryText[] {
  const texts: QueryText[] = [{ text: query.text, weight: 1 }]
  const history = query.history ?? []
  for (const [age, turn] of history
    .filter(({ role }) => role === 'user')
    .toReversed()
    .entries()) {
    texts.push({ text: turn.content, weight: 0.5 * 0.8 ** age })
  }
  const last = history.findLast(({ role }) => role !== 'user')
  if (last !== undefined) texts.push({ text: last.content, weight: 0.2 })
  return texts
}

function readLines(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Line => JSON.parse(line))
}
