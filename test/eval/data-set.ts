// Evaluation sets in the common layout: corpus.jsonl, queries.jsonl, qrels.tsv, answers.jsonl. Odd rows are remarked upon
// and left out; nothing in a file makes the reader throw.
import { createReadStream, existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Turn } from '../../src/knowledge/retrieve.ts'
import { Remarks } from './remarks.ts'

export type Question = {
  id: string
  text: string
  history: Turn[]
  /** The expert's answer in full, where the set has one. */
  answer: string | undefined
  /** Undefined when the set does not say. */
  answerable: boolean | undefined
  /** Spans of the documents that answer. */
  spans: string[]
}

export type DataSet = {
  name: string
  folder: string
  questions: Question[]
  /** Grades of documents by question; empty where the set has none. */
  labels: Map<string, Map<string, number>>
  remarks: Remarks
}

export type CorpusRow = { id: string; title: string; text: string; format: 'text' | 'markdown'; where: string }

export const hasFile = (folder: string, name: string) => existsSync(join(folder, name))

/** Undefined when there is no queries.jsonl. */
export async function readDataSet(folder: string, limit = Infinity): Promise<DataSet | undefined> {
  if (!hasFile(folder, 'queries.jsonl')) return undefined
  const remarks = new Remarks()
  const spans = await readSpans(folder, remarks)
  const labels = await readLabels(folder, remarks)
  const questions = new Map<string, Question>()
  for await (const { row, id, where } of jsonRows(folder, 'queries.jsonl', remarks)) {
    if (questions.size >= limit) break
    const text = textOf(row.text)
    if (text === undefined || text.trim() === '') remarks.add('a question without text, not asked', where)
    else if (questions.has(id)) remarks.add('a question id that was there before, not asked', where)
    else questions.set(id, { id, text, ...detailsOf(row, id, { spans, labels, remarks, where }) })
  }
  const strangers = (ids: Iterable<string>) => (limit === Infinity ? [...ids].filter((id) => !questions.has(id)) : [])
  for (const id of strangers(labels.keys())) remarks.add('labels of a question that is not asked', id)
  for (const id of strangers(spans.keys())) remarks.add('answers to a question that is not asked', id)
  for (const id of labels.keys()) if (!questions.has(id)) labels.delete(id)
  return { name: basename(folder), folder, questions: [...questions.values()], labels, remarks }
}

/** The rows of a corpus one by one: it may be larger than the memory. */
export async function* readCorpus(folder: string, remarks: Remarks): AsyncGenerator<CorpusRow> {
  for await (const { row, id, where } of jsonRows(folder, 'corpus.jsonl', remarks)) {
    const title = (textOf(row.title) ?? '').trim()
    const text = textOf(row.text) ?? ''
    if (text.trim() === '' && title === '') remarks.add('a document without text, not indexed', where)
    else {
      if (text.trim() === '') remarks.add('a document without text, its title indexed as text', where)
      const format = row.format === 'markdown' ? 'markdown' : 'text'
      yield { id, title, text: text.trim() === '' ? title : text, format, where }
    }
  }
}

type Known = {
  spans: Map<string, { answerable: boolean | undefined; spans: string[] }>
  labels: DataSet['labels']
  remarks: Remarks
  where: string
}

function detailsOf(row: Row, id: string, { spans, labels, remarks, where }: Known) {
  const known = spans.get(id)
  const answer = textOf(row.answer)
  const flagged = typeof row.answerable === 'boolean' ? row.answerable : known?.answerable
  const isLabelled = labels.has(id) || (known?.spans.length ?? 0) > 0
  return {
    history: historyOf(row.history, remarks, where),
    answer: answer?.trim() ? answer : undefined,
    answerable: flagged ?? (isLabelled ? true : undefined),
    spans: known?.spans ?? [],
  }
}

function historyOf(history: unknown, remarks: Remarks, where: string): Turn[] {
  if (history === undefined || history === null) return []
  if (!Array.isArray(history)) {
    remarks.add('a history that is no list, ignored', where)
    return []
  }
  return history.flatMap((turn: unknown): Turn[] => {
    const { role, content, text } = isRow(turn) ? turn : ({} as Row)
    const said = textOf(content) ?? textOf(text)
    if (said !== undefined && typeof role === 'string')
      return role === 'system' ? [] : [{ role: role === 'user' ? 'user' : 'assistant', content: said }]
    remarks.add('a turn without role or content, ignored', where)
    return []
  })
}

async function readSpans(folder: string, remarks: Remarks): Promise<Known['spans']> {
  const found: Known['spans'] = new Map()
  if (!hasFile(folder, 'answers.jsonl')) return found
  for await (const { row, id, where } of jsonRows(folder, 'answers.jsonl', remarks)) {
    const spans = Array.isArray(row.answers) ? row.answers.flatMap((span: unknown) => textOf(span) ?? []) : []
    if (spans.length === 0 && row.answerable !== false) remarks.add('an answer without spans, ignored', where)
    else found.set(id, { answerable: typeof row.answerable === 'boolean' ? row.answerable : undefined, spans })
  }
  return found
}

async function readLabels(folder: string, remarks: Remarks): Promise<DataSet['labels']> {
  const labels: DataSet['labels'] = new Map()
  if (!hasFile(folder, 'qrels.tsv')) return labels
  for await (const { line, number, where } of lines(folder, 'qrels.tsv')) {
    const [question = '', document = '', grade = '1'] = line.split('\t').map((cell) => cell.trim())
    if (number === 1 && !Number.isFinite(Number(grade))) continue
    if (question === '' || document === '' || !Number.isFinite(Number(grade))) {
      remarks.add('not question, document and grade with tabs between, ignored', where)
    } else if (Number(grade) > 0) {
      const known = labels.get(question) ?? new Map<string, number>()
      labels.set(question, known.set(document, Number(grade)))
    }
  }
  return labels
}

type Row = Record<string, unknown>

async function* jsonRows(folder: string, name: string, remarks: Remarks) {
  for await (const { line, where } of lines(folder, name)) {
    const row = parse(line)
    const id = row === undefined ? undefined : textOf(row.id ?? row['_id'])?.trim()
    if (row === undefined) remarks.add('not a JSON object, ignored', where)
    else if (!id) remarks.add('no id, ignored', where)
    else yield { row, id, where }
  }
}

async function* lines(folder: string, name: string) {
  let number = 0
  const input = createReadStream(join(folder, name), 'utf8')
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number++
    const line = number === 1 ? text.replace(/^\ufeff/, '') : text
    if (line.trim() !== '') yield { line, number, where: `${name}:${number}` }
  }
}

function parse(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Numbers are taken for what they look like: ids often are. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.toWellFormed()
  return typeof value === 'number' ? String(value) : undefined
}
