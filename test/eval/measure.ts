import type { Client } from '../bench/client.ts'
import { median, percentile } from '../bench/table.ts'
import { readCorpus, type DataSet, type Question } from './data-set.ts'
import type { Method } from './methods.ts'
import { Remarks } from './remarks.ts'
import type { Answered, Call, Stats } from './worker.ts'

export type Indexed = {
  stats: Stats
  seconds: number
  /** Ids of the corpus, by those in the index. */
  ids: Map<string, string>
  remarks: Remarks
}
export type Asked = Answered & { question: Question }
export type Run = {
  asked: Asked[]
  /** Milliseconds of one retrieval over HTTP, and of a call that does nothing. */
  p50: number
  p95: number
  empty: number
}

/** What the product takes of one document (`knowledge/contract.ts`); what is longer is indexed in parts. */
const LONGEST = 1_000_000
const DOCUMENTS_A_CALL = 20
const CHARACTERS_A_CALL = 2_000_000

/** Fills one index with a corpus, through the same call of the Durable Object as the product. */
export async function indexCorpus(client: Client, agent: string, folder: string): Promise<Indexed> {
  const remarks = new Remarks()
  const ids = new Map<string, string>()
  const seen = new Set<string>()
  let batch: Parameters<typeof put>[2] = []
  let seconds = 0
  const flush = async () => {
    const started = performance.now()
    for (const id of await put(client, agent, batch)) remarks.add('refused by the product', ids.get(id) ?? id)
    seconds += (performance.now() - started) / 1_000
    batch = []
  }
  for await (const { id, title, text, format, where } of readCorpus(folder, remarks)) {
    if (seen.has(id)) remarks.add('a document id that was there before, indexed as a further part', where)
    seen.add(id)
    const parts = cut(text)
    if (parts.length > 1) remarks.add(`longer than ${LONGEST} characters, indexed in parts`, where)
    for (const content of parts) {
      const own = `doc_${String(ids.size).padStart(8, '0')}`
      ids.set(own, id)
      batch.push({ id: own, title, content, format })
      const size = batch.reduce((sum, document) => sum + document.content.length, 0)
      if (batch.length >= DOCUMENTS_A_CALL || size > CHARACTERS_A_CALL) await flush()
    }
  }
  await flush()
  return { stats: await client.call<Stats>({ agent, call: 'stats' } satisfies Call), seconds, ids, remarks }
}

async function put(client: Client, agent: string, documents: Extract<Call, { call: 'put' }>['documents']) {
  return (await client.call<{ refused: string[] }>({ agent, call: 'put', documents } satisfies Call)).refused
}

function cut(text: string): string[] {
  const parts: string[] = []
  let start = 0
  while (text.length - start > LONGEST) {
    const end = start + LONGEST
    const pause = Math.max(text.lastIndexOf('\n', end), text.lastIndexOf(' ', end))
    const at = pause > start ? pause + 1 : end
    parts.push(text.slice(start, at))
    start = at
  }
  return [...parts, text.slice(start)]
}

/** Asks all questions one at a time, as a quiet product would be asked. */
export async function ask(
  client: Client,
  agent: string,
  ids: Indexed['ids'],
  { questions }: DataSet,
  { history }: Method,
): Promise<Run> {
  const asked: Asked[] = []
  const times: number[] = []
  const empty: number[] = []
  for (const question of questions) {
    const turns = [...(history === false ? [] : question.history), { role: 'user' as const, content: question.text }]
    times.push(await client.time({ agent, call: 'retrieve', turns } satisfies Call))
    if (empty.length < 100) empty.push(await client.time({ agent, call: 'nothing' } satisfies Call))
    const answered = await client.call<Answered>({ agent, call: 'answer', turns } satisfies Call)
    const documents = [...new Set(answered.documents.map((id) => ids.get(id) ?? id))]
    asked.push({ ...answered, documents, question })
  }
  const sorted = times.toSorted((a, b) => a - b)
  return { asked, p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), empty: median(empty) }
}
