// Files as `eval.mjs` reads them; it is one of the tools that may look at a run, not a part of this repository.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { DataSet, Question } from './data-set.ts'
import type { Asked } from './measure.ts'
import type { Result } from './tables.ts'

type RunFiles = { run: string; predictions: string }
type SetFiles = { qrels: string; answers: string; queries: string }
export type Written = { result: Result; files: RunFiles & SetFiles }

export function writeFiles(folder: string, results: readonly Result[]): Written[] {
  return results.map((result) => {
    const name = `${result.name.replaceAll(' on ', '@')}.${result.method}`
    return { result, files: { ...writeSet(folder, result.set), ...writeRun(folder, name, result.run.asked) } }
  })
}

/** Prints what the tool says of every run. */
export function useTool(tool: string, written: readonly Written[]): void {
  const measure = (...args: string[]) => {
    console.log(`\n${[basename(tool), ...args.map((arg) => basename(arg))].join(' ')}`)
    console.log(execFileSync(process.execPath, [tool, ...args], { encoding: 'utf8' }).trimEnd())
  }
  for (const { result, files } of written) {
    const { name, set } = result
    const first = written.find((other) => other.result.name === name)?.files
    if (set.labels.size > 0) measure('rank', files.run, files.qrels, '--queries', files.queries)
    if (set.questions.some(({ spans }) => spans.length > 0)) measure('answers', files.predictions, files.answers)
    if (set.questions.some(({ answer }) => answer)) measure('overlap', files.predictions, files.queries)
    if (set.labels.size > 0 && first && first !== files) measure('compare', first.run, files.run, files.qrels)
  }
}

const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const tabbed = (rows: readonly (readonly (string | number)[])[]) => rows.map((row) => `${row.join('\t')}\n`).join('')

/**
 * What one run found: `id, document, rank, score` (the score of the first is that of the evidence, so that a threshold on
 * it refuses), and the sentences with whether the model answered.
 */
function writeRun(folder: string, name: string, asked: readonly Asked[]): RunFiles {
  const files = { run: join(folder, `${name}.run.tsv`), predictions: join(folder, `${name}.predictions.jsonl`) }
  const ranked = asked.flatMap(({ question, documents, score }) =>
    documents.map((document, at) => [question.id, document, at + 1, (score * (1 - at / 1_000)).toFixed(6)]),
  )
  writeFileSync(files.run, tabbed(ranked))
  const predictions = asked.map(({ question, sentences, score, quotes }) => ({
    id: question.id,
    sentences,
    score,
    abstain: quotes.length === 0,
    quotes,
  }))
  writeFileSync(files.predictions, jsonLines(predictions))
  return files
}

const isKnown = ({ spans, answerable }: Question) => spans.length > 0 || answerable === false

/** The set as it was understood: without odd rows, and only the questions that were asked. */
function writeSet(folder: string, { name, questions, labels }: DataSet): SetFiles {
  const files = {
    qrels: join(folder, `${name}.qrels.tsv`),
    answers: join(folder, `${name}.answers.jsonl`),
    queries: join(folder, `${name}.queries.jsonl`),
  }
  const grades = [...labels].flatMap(([question, documents]) =>
    Array.from(documents, ([document, grade]) => [question, document, grade]),
  )
  writeFileSync(files.qrels, tabbed(grades))
  const answers = questions
    .filter(isKnown)
    .map(({ id, spans, answerable }) => ({ id, answerable: answerable !== false, answers: spans }))
  writeFileSync(files.answers, jsonLines(answers))
  writeFileSync(
    files.queries,
    jsonLines(questions.map(({ id, text, answerable, answer }) => ({ id, text, answerable, answer }))),
  )
  return files
}
