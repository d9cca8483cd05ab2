import { sha256Hex } from '../../lib/crypto.ts'
import type { SqlStore } from '../../lib/migrate.ts'
import type { Journal, PageRow } from './journal.ts'
import { claim, confirm, confirmRefusal, documentIdOf, missingOf, put, REFUSALS, withdraw } from './publish.ts'
import { backOff, MAX_ATTEMPTS } from './site-work.ts'
import type { Config, Pair } from './source.ts'
import type { Work } from './work.ts'

export type PairsConfig = Config & { kind: 'pairs' }

export type PairsWork = Work & { config: PairsConfig }

const AT_ONCE = 20

/** A pair is a row of the journal under its question, so a question that stays keeps its document. */
const addressOf = (question: string) => `pair:${question}`
const questionOf = ({ url }: PageRow) => url.slice(addressOf('').length)

/** Replaces the pairs; documents of questions that are gone are withdrawn by the run. */
export function openPairs(storage: SqlStore, journal: Journal, pairs: readonly Pair[]): void {
  const { sql } = storage
  sql.exec('delete from pairs')
  for (const [position, { question, answer, url }] of pairs.entries()) {
    sql.exec('insert into pairs values (?, ?, ?, ?)', position, question, answer, url ?? null)
  }
  journal.requeueAll()
  sql.exec(`update pages set state = 'skipped', reason = 'withdrawn' where substr(url, 6) not in (
    select question from pairs)`)
  for (const { question } of pairs) journal.addPage(addressOf(question), 0, 0, Number.MAX_SAFE_INTEGER)
}

export function readPairs({ sql }: SqlStore): Pair[] {
  type Row = { question: string; answer: string; url: string | null }
  const rows = sql.exec<Row>('select question, answer, url from pairs order by position').toArray()
  return rows.map(({ question, answer, url }) => ({ question, answer, ...(url === null ? {} : { url }) }))
}

/** One step: some pairs into the index, or those that are gone out of it. */
export async function stepPairs(work: PairsWork, storage: SqlStore): Promise<void> {
  const { journal, run, index } = work
  const due = journal.due(work.now(), AT_ONCE)
  const missing = await missingOf(index, due)
  if (!work.isCurrent()) return
  for (const row of due) if (work.isCurrent()) await storePair(work, storage, row, missing.has(row.document))
  if (due.length > 0 || journal.nextDue() !== undefined) return
  const vanished = journal.vanished(AT_ONCE)
  await withdraw(index, journal, vanished)
  if (!work.isCurrent()) return
  journal.transact(() => {
    run.removed += vanished.length
    if (vanished.length === 0) {
      storage.sql.exec(`delete from pages where reason = 'withdrawn' and document is null`)
      const isStored = journal.counts().done > 0
      run.state = isStored ? 'finished' : 'failed'
      run.error = isStored ? undefined : { code: 'DOCUMENT_LIMIT', message: 'No pair could be stored.' }
      run.finishedAt = work.now()
    }
    journal.save(run)
  })
}

async function storePair(work: PairsWork, storage: SqlStore, row: PageRow, isMissing: boolean): Promise<void> {
  const { journal, run, config, index, now } = work
  const title = questionOf(row)
  const pair = readPair(storage, title)
  if (!pair || row.attempts >= MAX_ATTEMPTS) {
    journal.change(row.seq, { state: 'failed', reason: 'interrupted' })
    return
  }
  const attempts = row.attempts + 1
  journal.change(row.seq, { attempts, next_at: now() + backOff(attempts) })
  const { answer: content, url } = pair
  const hash = await sha256Hex(JSON.stringify([title, content, url]))
  const done = { state: 'done', title, reason: null, fetched_at: now() } as const
  if (row.indexed_hash === hash && row.in_flight === 0 && !isMissing) {
    return journal.transact(() => {
      journal.change(row.seq, done)
      run.unchanged++
      journal.save(run)
    })
  }
  const id = await documentIdOf(config.sourceId, row.url)
  journal.transact(() => claim(journal, row, id, hash))
  const stored = await put(index, config, id, { title, format: 'markdown', content, url })
  journal.transact(() => {
    if (typeof stored === 'string') {
      confirmRefusal(journal, row)
      if (stored === 'full') run.limit = 'documents'
      if (work.isCurrent()) journal.change(row.seq, { state: 'failed', title, reason: REFUSALS[stored] })
    } else {
      confirm(journal, row, hash, stored)
      if (!work.isCurrent()) return
      journal.change(row.seq, done)
      if (row.indexed_hash === null || isMissing) run.added++
      else run.updated++
    }
    if (work.isCurrent()) journal.save(run)
  })
}

function readPair({ sql }: SqlStore, question: string): Pair | undefined {
  type Row = { answer: string; url: string | null }
  const [row] = sql.exec<Row>('select answer, url from pairs where question = ?', question).toArray()
  return row && { question, answer: row.answer, url: row.url ?? undefined }
}
