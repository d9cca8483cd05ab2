import { type Analysis, analyseContent } from '../../lib/analyse.ts'
import type { Sql } from '../../lib/migrate.ts'
import type { Chunk } from '../chunk.ts'
import { hashedTexts } from './hashed-chunks.ts'
import { isRepairable, rememberWords } from './spelling.ts'

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

/** Stores a document and indexes it; to be called inside a transaction, after `removeDocument` of the same id. */
export function insertDocument(
  sql: Sql,
  input: DocumentInput,
  chunks: readonly Chunk[],
  contentHash: string,
  createdAt: number,
  now: number,
): void {
  const { id, title, url, format, content } = input
  const bytes = new TextEncoder().encode(content).length
  const row = sql
    .exec<{ rowid: number }>(
      `insert into documents (id, title, url, format, content_hash, bytes, chunks, created_at, updated_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning rowid`,
      id,
      title,
      url ?? null,
      format,
      contentHash,
      bytes,
      chunks.length,
      createdAt,
      now,
    )
    .toArray()[0]
  const document = row?.rowid ?? 0
  for (const [part, text] of parts(content).entries())
    sql.exec('insert into contents values (?, ?, ?)', document, part, text)
  const words = new Set<string>()
  let headings: string[] | undefined
  let above: Analysis[] = []
  let titleLength = 0
  let bodyLength = 0
  for (const chunk of chunks) {
    // Chunks of one section share its headings.
    if (chunk.headings !== headings) above = [title, ...chunk.headings].map(analyseContent)
    headings = chunk.headings
    const body = analyseContent(chunk.text)
    for (const { words: some } of [...above, body]) for (const word of some) if (isRepairable(word)) words.add(word)
    const titleTerms = hashedTexts(above.map(({ terms }) => terms))
    const bodyTerms = hashedTexts([body.terms])
    titleLength += titleTerms.byteLength / 4
    bodyLength += bodyTerms.byteLength / 4
    const stored = sql
      .exec<{ id: number }>(
        `insert into chunks (document, ordinal, start, text, headings, title_terms, body_terms)
       values (?, ?, ?, ?, ?, ?, ?) returning id`,
        document,
        chunk.ordinal,
        chunk.start,
        chunk.text,
        JSON.stringify(chunk.headings),
        titleTerms,
        bodyTerms,
      )
      .toArray()[0]
    sql.exec(
      'insert into terms (rowid, title, body) values (?, ?, ?)',
      stored?.id ?? 0,
      above.flatMap(({ terms }) => terms).join(' '),
      body.terms.join(' '),
    )
  }
  rememberWords(sql, words)
  changeTotals(sql, chunks.length, titleLength, bodyLength)
}

/** Forgets a document; false when there is none. To be called inside a transaction. */
export function removeDocument(sql: Sql, id: string): boolean {
  const document = sql.exec<{ rowid: number }>('select rowid from documents where id = ?', id).toArray()[0]?.rowid
  if (document === undefined) return false
  const sizes = sql
    .exec<{ chunks: number; title: number; body: number }>(
      `select count(*) as chunks, coalesce(sum(length(title_terms)), 0) / 4 as title,
     coalesce(sum(length(body_terms)), 0) / 4 as body from chunks where document = ?`,
      document,
    )
    .toArray()[0]
  sql.exec('delete from terms where rowid in (select id from chunks where document = ?)', document)
  sql.exec('delete from chunks where document = ?', document)
  sql.exec('delete from contents where document = ?', document)
  sql.exec('delete from documents where rowid = ?', document)
  changeTotals(sql, -(sizes?.chunks ?? 0), -(sizes?.title ?? 0), -(sizes?.body ?? 0))
  return true
}

export function readContent(sql: Sql, id: string): string {
  const query = `select text from contents where document = (select rowid from documents where id = ?) order by part`
  return sql
    .exec<{ text: string }>(query, id)
    .toArray()
    .map((row) => row.text)
    .join('')
}

function changeTotals(sql: Sql, chunks: number, titleLength: number, bodyLength: number): void {
  sql.exec(
    `update totals set epoch = epoch + 1, chunks = chunks + ?, title_length = title_length + ?, body_length = body_length + ?`,
    chunks,
    titleLength,
    bodyLength,
  )
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
