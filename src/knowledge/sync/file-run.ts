import { concatBytes } from '../../lib/bytes.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import type { SqlStore } from '../../lib/migrate.ts'
import { extract } from '../extract/extract.ts'
import { ExtractError, type Extracted } from '../extract/extracted.ts'
import type { PageRow } from './journal.ts'
import { FILE } from './open.ts'
import { claim, confirm, confirmRefusal, documentIdOf, put } from './publish.ts'
import { backOff, MAX_ATTEMPTS } from './site-work.ts'
import type { Config, Run } from './source.ts'
import type { Work } from './work.ts'

export type FileConfig = Config & { kind: 'file' }

export type FileWork = Work & { config: FileConfig }

const REFUSED = {
  full: { code: 'DOCUMENT_LIMIT', message: 'The plan has no room for another document.' },
  'too-many-sections': { code: 'TOO_MANY_PARTS', message: 'The text has too many sections. Split the file.' },
}
const FAULT = { code: 'INTERRUPTED', message: 'The file could not be read. Try again, or send it in another format.' }

/** One step: reads the file and puts its document into the index. Dies with us at most three times. */
export async function stepFile(work: FileWork, storage: SqlStore): Promise<void> {
  const { journal, run, config, index } = work
  const row = journal.find(FILE)
  if (row?.state !== 'pending') return end(work, storage, { code: 'EMPTY', message: 'There is no file.' })
  if (row.next_at > work.now()) return
  if (row.attempts >= MAX_ATTEMPTS) return end(work, storage, FAULT)
  const attempts = row.attempts + 1
  journal.change(row.seq, { attempts, next_at: work.now() + backOff(attempts) })
  let read: Extracted
  try {
    const { name, contentType } = config.file
    read = await extract(readParts(storage), { name, contentType }, work.readPdf)
  } catch (error) {
    if (!(error instanceof ExtractError)) throw error
    return end(work, storage, { code: error.code, message: error.message })
  }
  const title = config.file.title ?? read.title
  const hash = await sha256Hex(`${title}\n${read.content}`)
  const id = await documentIdOf(config.sourceId, FILE)
  if (!work.isCurrent()) return
  journal.transact(() => claim(journal, row, id, hash))
  const stored = await put(index, config, id, {
    title,
    format: read.format,
    content: read.content,
    url: config.file.url,
  })
  journal.transact(() => {
    if (typeof stored === 'string') {
      confirmRefusal(journal, row)
      return end(work, storage, REFUSED[stored])
    }
    confirm(journal, row, hash, stored)
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

function end({ journal, run, isCurrent, now }: FileWork, { sql }: SqlStore, error: Run['error']): void {
  if (!isCurrent()) return
  const row = journal.find(FILE)
  if (row && error) journal.change(row.seq, { state: 'failed', reason: error.code, fetched_at: now() })
  sql.exec('delete from parts')
  run.state = error ? 'failed' : 'finished'
  run.error = error
  run.finishedAt = now()
  journal.save(run)
}

function readParts({ sql }: SqlStore): Uint8Array {
  const parts = sql.exec<{ bytes: ArrayBuffer }>('select bytes from parts order by ordinal').toArray()
  return concatBytes(parts.map(({ bytes }) => new Uint8Array(bytes)))
}
