import type { Sql } from '../../lib/migrate.ts'
import type { Chunk } from '../chunk.ts'
import { type ChunkSizes, replaceChunks } from './chunk-rows.ts'

export interface DocumentInput {
  id: string
  title: string
  url?: string
  format: 'text' | 'markdown'
  content: string
}

export interface DocumentSummary {
  id: string
  title: string
  url?: string
  format: 'text' | 'markdown'
  /** SHA-256 (hex) of title and content. */
  contentHash: string
  /** Of the content in UTF-8. */
  bytes: number
  chunks: number
  /** Epoch milliseconds. */
  createdAt: number
  updatedAt: number
}

/** A SQLite value in a Durable Object holds at most 2 MB; a UTF-16 unit is at most 3 bytes of UTF-8. */
const PART = 500_000

/** What of a document's index has changed, for those who index its chunks in other ways. */
export interface DocumentChange {
  /** `documents.rowid`; it stays when the document is replaced. */
  document: number
  /** Ids of chunks that are no more; new chunks may have got the same ones. */
  removedChunks: number[]
  /** The document itself is no more. */
  isGone: boolean
}

/** Stores a document, in place of the one of the same id, and indexes what is new in it; to be called in a transaction. */
export function writeDocument(
  sql: Sql,
  { id, title, url, format, content }: DocumentInput,
  chunks: readonly Chunk[],
  contentHash: string,
  now: number,
): DocumentChange {
  const before = sql.exec<Before>('select rowid, title from documents where id = ?', id).toArray()[0]
  const bytes = new TextEncoder().encode(content).length
  const values = [title, url ?? null, format, contentHash, bytes, chunks.length, now]
  const query =
    before === undefined
      ? `insert into documents (title, url, format, content_hash, bytes, chunks, updated_at, created_at, id)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning rowid`
      : `update documents set title = ?, url = ?, format = ?, content_hash = ?, bytes = ?, chunks = ?, updated_at = ?
         where id = ? returning rowid`
  const bindings = before === undefined ? [...values, now, id] : [...values, id]
  const document = sql.exec<{ rowid: number }>(query, ...bindings).toArray()[0]?.rowid ?? 0
  sql.exec('delete from contents where document = ?', document)
  for (const [part, text] of parts(content).entries())
    sql.exec('insert into contents values (?, ?, ?)', document, part, text)
  const { removed, change } = replaceChunks(sql, document, chunks, title, before?.title)
  changeTotals(sql, change)
  return { document, removedChunks: removed, isGone: false }
}

/** Where a document is found on the web; nothing is indexed again. To be called in a transaction. */
export function moveDocument(sql: Sql, id: string, url: string | null, now: number): void {
  sql.exec('update documents set url = ?, updated_at = ? where id = ?', url, now, id)
  changeTotals(sql, { chunks: 0, title: 0, body: 0 })
}

/** Forgets a document; undefined when there is none. To be called in a transaction. */
export function removeDocument(sql: Sql, id: string): DocumentChange | undefined {
  const before = sql.exec<Before>('select rowid, title from documents where id = ?', id).toArray()[0]
  if (before === undefined) return undefined
  const { removed, change } = replaceChunks(sql, before.rowid, [], before.title, before.title)
  sql.exec('delete from contents where document = ?', before.rowid)
  sql.exec('delete from documents where rowid = ?', before.rowid)
  changeTotals(sql, change)
  return { document: before.rowid, removedChunks: removed, isGone: true }
}

type Before = { rowid: number; title: string }

export function readContent(sql: Sql, id: string): string {
  const query = `select text from contents where document = (select rowid from documents where id = ?) order by part`
  return sql
    .exec<{ text: string }>(query, id)
    .toArray()
    .map((row) => row.text)
    .join('')
}

function changeTotals(sql: Sql, { chunks, title, body }: ChunkSizes): void {
  const query = `update totals set epoch = epoch + 1, chunks = chunks + ?, title_length = title_length + ?,
    body_length = body_length + ?`
  sql.exec(query, chunks, title, body)
}

/** Pieces that fit a value, never cut inside a surrogate pair: SQLite would store half a letter as U+FFFD. */
function parts(content: string): string[] {
  const found: string[] = []
  let start = 0
  while (start < content.length) {
    let end = Math.min(content.length, start + PART)
    if (end < content.length && /[\udc00-\udfff]/.test(content.charAt(end))) end--
    found.push(content.slice(start, end))
    start = end
  }
  return found
}
