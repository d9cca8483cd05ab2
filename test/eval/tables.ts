import type { Table } from '../bench/table.ts'
import type { DataSet } from './data-set.ts'
import type { Asked, Indexed, Run } from './measure.ts'
import { difference, LONGEST, mean, type Rank, rouge1, saysSpan, scoreRanking } from './metrics.ts'

export type Result = { name: string; method: string; set: DataSet; indexed: Indexed; run: Run }

const QUOTED = 3
const isRefused = ({ quotes }: Asked) => quotes.length === 0
const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`
const number = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : '–')
const percent = (values: readonly boolean[]) =>
  values.length === 0 ? '–' : `${(100 * mean(values.map(Number))).toFixed(1)} %`

/** Ranks of the questions that have labels in this corpus, in the order of the set. */
export function ranks({ set, indexed, run }: Result): Rank[] {
  const known = new Set(indexed.ids.values())
  const isOfCorpus = [...set.labels.values()].some((labels) => [...labels.keys()].some((id) => known.has(id)))
  if (!isOfCorpus) return []
  return run.asked.flatMap(({ question, documents }) => {
    const labels = set.labels.get(question.id)
    return labels ? [scoreRanking(labels, documents)] : []
  })
}

export function rankingTable(results: readonly Result[]): Table {
  const rows = results.flatMap((result) => {
    const found = ranks(result)
    if (found.length === 0) return []
    const of = (name: keyof Rank) => number(mean(found.map((rank) => rank[name])))
    const measures = (['ndcg', 'hit1', 'hit3', 'recall', 'mrr'] as const).map(of)
    return [[result.name, result.method, String(found.length), ...measures]]
  })
  const head = ['set', 'method', 'questions', 'nDCG@10', 'Hit@1', 'Hit@3', 'R@10', 'MRR@10']
  return { title: 'Search: documents by their best passage', head, rows }
}

/** Refused are questions that the model does not answer; false refusals are those of them that have an answer. */
export function answersTable(results: readonly Result[]): Table {
  const rows = results.map(({ name, method, set, run }) => {
    const isOwn = name === set.name
    const answerable = isOwn ? run.asked.filter(({ question }) => question.answerable === true) : []
    // Whatever a set says of its own documents, others do not answer its questions.
    const others = isOwn ? run.asked.filter(({ question }) => question.answerable === false) : run.asked
    const spanned = answerable.filter(({ question }) => question.spans.length > 0)
    const experts = isOwn ? run.asked.filter(({ question }) => question.answer && question.answerable !== false) : []
    const says = (sentences: (one: Asked) => string[], longest = LONGEST) =>
      number(mean(spanned.map((one) => Number(saysSpan(sentences(one), one.question.spans, longest)))))
    return [
      name,
      method,
      says(({ sentences }) => sentences.slice(0, 1)),
      says(({ sentences }) => sentences.slice(0, QUOTED)),
      // Sentences that follow each other are one quote.
      says(({ quotes }) => quotes, QUOTED * LONGEST),
      number(mean(experts.map(({ quotes, question }) => rouge1(quotes.join(' '), question.answer ?? '')))),
      percent(answerable.map(isRefused)),
      String(answerable.length),
      percent(others.map(isRefused)),
      String(others.length),
    ]
  })
  const head = [
    'set',
    'method',
    'span in top 1',
    'top 3',
    'as served',
    'ROUGE-1 F1',
    'false refusals',
    'of',
    'refused',
    'of',
  ]
  return { title: 'Answers of the embedded model', head, rows }
}

export function speedTable(results: readonly Result[]): Table {
  const rows = results.map(({ name, method, indexed: { stats, seconds }, run: { asked, p50, p95, empty } }) => [
    name,
    method,
    String(stats.documents),
    String(stats.chunks),
    (stats.chunks / seconds).toFixed(0),
    String(asked.length),
    p50.toFixed(2),
    p95.toFixed(2),
    empty.toFixed(2),
  ])
  const head = ['set', 'method', 'documents', 'chunks', 'chunks/s', 'searches', 'p50 ms', 'p95 ms', 'empty call ms']
  return { title: 'Speed in workerd, one at a time, over HTTP', head, rows }
}

/** Each method against the first one on the same questions. */
export function comparisonTable(results: readonly Result[]): Table {
  const rows = results.flatMap((result) => {
    const first = results.find(({ name }) => name === result.name)
    if (first === undefined || first === result) return []
    const [before, after] = [ranks(first), ranks(result)]
    if (after.length === 0) return []
    const cell = (name: keyof Rank) => {
      const {
        mean: by,
        low,
        high,
      } = difference(
        before.map((rank) => rank[name]),
        after.map((rank) => rank[name]),
      )
      return `${signed(by)} [${signed(low)}, ${signed(high)}]`
    }
    return [[result.name, `${result.method} - ${first.method}`, cell('ndcg'), cell('hit3'), cell('recall')]]
  })
  const head = ['set', 'methods', 'nDCG@10', 'Hit@3', 'R@10']
  return { title: 'Difference, with 95 % intervals (paired bootstrap)', head, rows }
}
