import { concatBytes } from '../../lib/bytes.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import type { SqlStore } from '../../lib/migrate.ts'
import { extract } from '../extract/extract.ts'
import { ExtractError, type Extracted } from '../extract/extracted.ts'
import type { Journal, PageRow } from './journal.ts'
import { claim, documentIdOf, type Index, put, roomIn } from './publish.ts'
import { backOff, MAX_ATTEMPTS } from './site-work.ts'
import type { Config, Run } from './source.ts'

export type FileConfig = Config & { kind: 'file' }

export type FileWork = {
  config: FileConfig
  run: Run
  journal: Journal
  index: Index
  isCurrent: () => boolean
  now: () => number
}

/** The one row of a file in the journal of pages. */
const FILE = 'file:'
export const MAX_FILE = 25 * 1024 * 1024
/** A value in a Durable Object's SQLite holds at most 2 MB. */
const PART = 1_000_000

const NO_ROOM = { code: 'DOCUMENT_LIMIT', message: 'The plan has no room for another document.' }
const FAULT = { code: 'INTERRUPTED', message: 'The file could not be read. Try again, or send it in another format.' }

/** Keeps the bytes, in place of any that are still there; they are forgotten as soon as they are read. */
export function openFile(storage: SqlStore, journal: Journal, bytes: Uint8Array): void {
  storage.sql.exec('delete from parts')
  for (let at = 0; at < bytes.length; at += PART) {
    storage.sql.exec('insert into parts values (?, ?)', at / PART, bytes.slice(at, at + PART).buffer)
  }
  journal.requeueAll()
  journal.addPage(FILE, 0, 0, Number.MAX_SAFE_INTEGER)
}

/** One step: reads the file and puts its document into the index. Dies with us at most three times. */
export async function stepFile(work: FileWork, storage: SqlStore): Promise<void> {
  const { journal, run, config, index } = work
  const row = journal.find(FILE)
  if (row?.state !== 'pending') return end(work, storage, { code: 'EMPTY', message: 'There is no file.' })
  if (row.next_at > work.now()) return
  if (row.attempts >= MAX_ATTEMPTS) return end(work, storage, FAULT)
  if (row.document === null && (await roomIn(index, config)) <= 0) return end(work, storage, NO_ROOM)
  const attempts = row.attempts + 1
  journal.change(row.seq, { attempts, next_at: work.now() + backOff(attempts) })
  let read: Extracted
  try {
    read = await extract(readParts(storage), {
      name: config.file.name,
      ...(config.file.contentType === undefined ? {} : { contentType: config.file.contentType }),
    })
  } catch (error) {
    if (!(error instanceof ExtractError)) throw error
    return end(work, storage, { code: error.code, message: error.message })
  }
  const title = config.file.title ?? read.title
  const hash = await sha256Hex(`${title}\n${read.content}`)
  const id = await documentIdOf(config.sourceId, FILE)
  if (!work.isCurrent()) return
  journal.transact(() => claim(journal, row, id, hash))
  await put(index, id, { title, format: read.format, content: read.content, url: config.file.url })
  journal.transact(() => {
    journal.change(row.seq, { indexed_hash: hash, in_flight: 0 })
    if (!work.isCurrent()) return
    const reason = read.notes.join(' ') || null
    journal.change(row.seq, { state: 'done', title, reason, fetched_at: work.now() })
    countChange(run, row, hash)
    end(work, storage, undefined)
  })
}

function countChange(run: Run, row: PageRow, hash: string): void {
  if (row.indexed_hash === null) run.added++
  else if (row.indexed_hash === hash) run.unchanged++
  else run.updated++
}

function end({ journal, run, config, isCurrent, now }: FileWork, { sql }: SqlStore, error: Run['error']): void {
  if (!isCurrent()) return
  const row = journal.find(FILE)
  if (row && error) journal.change(row.seq, { state: 'failed', reason: error.code, fetched_at: now() })
  sql.exec('delete from parts')
  run.state = error ? 'failed' : 'finished'
  run.error = error
  run.finishedAt = now()
  journal.write(config, run)
}

function readParts({ sql }: SqlStore): Uint8Array {
  const parts = sql.exec<{ bytes: ArrayBuffer }>('select bytes from parts order by ordinal').toArray()
  return concatBytes(parts.map(({ bytes }) => new Uint8Array(bytes)))
}
