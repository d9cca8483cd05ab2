import { sha256Hex } from '../../lib/crypto.ts'
import { migrate, type Sql, type SqlStore } from '../../lib/migrate.ts'
import type { QueryText, SearchResult } from '../../models/evidence.ts'
import { chunkDocument } from '../chunk.ts'
import { type DocumentInput, type DocumentSummary, insertDocument, readContent, removeDocument } from './documents.ts'
import { LexicalSearch } from './lexical.ts'
import { choosePassages } from './passages.ts'
import { SCHEMA } from './schema.ts'

export interface SearchRequest {
  texts: QueryText[]
  /** Passages at most. */
  limit: number
  /** Passage text in total at most, in UTF-16 units. */
  maxChars: number
}

export interface DocumentPage {
  documents: DocumentSummary[]
  hasMore: boolean
}

export interface IndexStats {
  documents: number
  chunks: number
  epoch: number
  bytes: number
}

type DocumentRow = {
  id: string
  title: string
  url: string | null
  format: string
  content_hash: string
  bytes: number
  chunks: number
  created_at: number
  updated_at: number
}

/** Why a document is not stored. */
export type Refused = 'full' | 'too-many-sections'

/** Of one document: indexing is one transaction, and the agent's visitors wait for it. A million letters make 1,300. */
export const MAX_CHUNKS = 4_000

/** Documents and their lexical index in one SQLite database; `KnowledgeIndex` is its Durable Object. */
export class KnowledgeStore {
  readonly #storage: SqlStore
  readonly #sql: Sql
  readonly #lexical: LexicalSearch

  constructor(storage: SqlStore) {
    migrate(storage, SCHEMA)
    this.#storage = storage
    this.#sql = storage.sql
    this.#lexical = new LexicalSearch(storage.sql)
  }

  /** Replaces the document of the same id; content that is already indexed is not indexed again. */
  putDocument(input: DocumentInput): Promise<DocumentSummary>
  /** A new document beyond `most` is not stored, nor one that would hold up the whole index. */
  putDocument(input: DocumentInput, most: number): Promise<DocumentSummary | Refused>
  async putDocument(input: DocumentInput, most = Infinity): Promise<DocumentSummary | Refused> {
    // Half a surrogate pair would come back from SQLite as U+FFFD and break the comparison of quotes.
    const document = { ...input, title: input.title.toWellFormed(), content: input.content.toWellFormed() }
    const hash = await sha256Hex(`${document.title}\n${document.content}`)
    const before = this.#find(document.id)
    if (before === undefined && this.stats().documents >= most) return 'full'
    const now = Date.now()
    if (before?.content_hash === hash && before.format === document.format) {
      this.#sql.exec(
        'update documents set url = ?, updated_at = ? where id = ?',
        document.url ?? null,
        now,
        document.id,
      )
      if (before.url !== (document.url ?? null)) {
        this.#sql.exec('update totals set epoch = epoch + 1')
        this.#lexical.forget()
      }
    } else {
      const chunks = chunkDocument(document)
      if (chunks.length > MAX_CHUNKS && most !== Infinity) return 'too-many-sections'
      this.#storage.transactionSync(() => {
        removeDocument(this.#sql, document.id)
        insertDocument(this.#sql, document, chunks, hash, before?.created_at ?? now, now)
      })
      this.#lexical.forget()
    }
    const after = this.#find(document.id)
    if (after === undefined) throw new Error('the document just stored is gone')
    return summary(after)
  }

  /** Newest id first; `after` is the last id of the page before. */
  listDocuments({ limit, after }: { limit: number; after?: string }): DocumentPage {
    const rows =
      after === undefined
        ? this.#sql.exec<DocumentRow>('select * from documents order by id desc limit ?', limit + 1).toArray()
        : this.#sql
            .exec<DocumentRow>('select * from documents where id < ? order by id desc limit ?', after, limit + 1)
            .toArray()
    return { documents: rows.slice(0, limit).map(summary), hasMore: rows.length > limit }
  }

  getDocument(id: string): (DocumentSummary & { content: string }) | undefined {
    const row = this.#find(id)
    return row === undefined ? undefined : { ...summary(row), content: readContent(this.#sql, id) }
  }

  deleteDocument(id: string): boolean {
    const removed = this.#storage.transactionSync(() => removeDocument(this.#sql, id))
    if (removed) this.#lexical.forget()
    return removed
  }

  /** By id, of those that are there. */
  contentHashes(ids: readonly string[]): Record<string, string> {
    const query = 'select id, content_hash from documents where id in (select value from json_each(?))'
    const rows = this.#sql.exec<{ id: string; content_hash: string }>(query, JSON.stringify(ids)).toArray()
    return Object.fromEntries(rows.map((row) => [row.id, row.content_hash]))
  }

  stats(): IndexStats {
    const { epoch, chunks } = this.#lexical.totals()
    const sizes = this.#sql
      .exec<{ documents: number; bytes: number }>(
        'select count(*) as documents, coalesce(sum(bytes), 0) as bytes from documents',
      )
      .toArray()[0]
    return { documents: sizes?.documents ?? 0, chunks, epoch, bytes: sizes?.bytes ?? 0 }
  }

  search({ texts, limit, maxChars }: SearchRequest): SearchResult {
    const found = this.#lexical.search(texts)
    const { score, terms, repaired } = found
    return {
      passages: choosePassages(this.#sql, found, { limit, maxChars }),
      score,
      terms: Object.fromEntries(terms.map(({ term, weight }) => [term, weight])),
      ...(repaired.size > 0 ? { repaired: Object.fromEntries(repaired) } : {}),
      epoch: this.#lexical.totals().epoch,
    }
  }

  #find(id: string): DocumentRow | undefined {
    return this.#sql.exec<DocumentRow>('select * from documents where id = ?', id).toArray()[0]
  }
}

function summary(row: DocumentRow): DocumentSummary {
  return {
    id: row.id,
    title: row.title,
    ...(row.url === null ? {} : { url: row.url }),
    format: row.format === 'markdown' ? 'markdown' : 'text',
    contentHash: row.content_hash,
    bytes: row.bytes,
    chunks: row.chunks,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
