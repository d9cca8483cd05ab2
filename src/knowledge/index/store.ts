import { sha256Hex } from '../../lib/crypto.ts'
import { migrate, type Sql, type SqlStore } from '../../lib/migrate.ts'
import type { QueryText, SearchResult } from '../../models/evidence.ts'
import { chunkDocument } from '../chunk.ts'
import {
  type DocumentChange,
  type DocumentInput,
  type DocumentSummary,
  moveDocument,
  readContent,
  removeDocument,
  writeDocument,
} from './documents.ts'
import { rankHybrid } from './hybrid.ts'
import { LexicalSearch } from './lexical.ts'
import { choosePassages } from './passages.ts'
import { SCHEMA } from './schema.ts'
import type { VectorMatch } from './vector-index.ts'

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
  readonly #onChange: (change: DocumentChange) => void

  /** `onChange` is called in the transaction of each change of a document's chunks, for what else keeps them. */
  constructor(storage: SqlStore, onChange: (change: DocumentChange) => void = () => undefined) {
    migrate(storage, SCHEMA)
    this.#storage = storage
    this.#sql = storage.sql
    this.#onChange = onChange
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
      const url = document.url ?? null
      if (url !== before.url) this.#change(() => moveDocument(this.#sql, document.id, url, now))
    } else {
      const chunks = chunkDocument(document)
      if (chunks.length > MAX_CHUNKS && most !== Infinity) return 'too-many-sections'
      this.#change(() => this.#onChange(writeDocument(this.#sql, document, chunks, hash, now)))
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
    return this.#change(() => {
      const change = removeDocument(this.#sql, id)
      if (change) this.#onChange(change)
      return change !== undefined
    })
  }

  /** Forgets all documents at once, for the end of an agent. */
  erase(): void {
    this.#change(() => {
      for (const table of ['documents', 'contents', 'chunks', 'words']) this.#sql.exec(`delete from ${table}`)
      this.#sql.exec(`insert into terms(terms) values ('delete-all')`)
      this.#sql.exec('update totals set epoch = epoch + 1, chunks = 0, title_length = 0, body_length = 0')
    })
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

  /** Searches by words, and ranks with it the chunks that were found by meaning, best first. */
  search(request: SearchRequest, dense: readonly VectorMatch[] = []): SearchResult {
    return this.startSearch(request)(dense)
  }

  /** Searches by words at once; the answer waits for what is found by meaning meanwhile. */
  startSearch({ texts, limit, maxChars }: SearchRequest): (dense: readonly VectorMatch[]) => SearchResult {
    const early = { found: this.#lexical.search(texts), epoch: this.#lexical.totals().epoch }
    return (dense) => {
      const { epoch } = this.#lexical.totals()
      const found = epoch === early.epoch ? early.found : this.#lexical.search(texts)
      const near = this.#lexical.chunks(dense.map(({ chunkId }) => chunkId))
      const { score, terms, repaired } = found
      return {
        passages: choosePassages(this.#sql, rankHybrid(found.ranked, near), terms, { limit, maxChars }),
        score,
        ...(dense[0] === undefined ? {} : { similarity: dense[0].score }),
        terms: Object.fromEntries(terms.map(({ term, weight }) => [term, weight])),
        ...(repaired.size > 0 ? { repaired: Object.fromEntries(repaired) } : {}),
        epoch,
      }
    }
  }

  /** Makes a change in one transaction, and forgets what is remembered of the index before it. */
  #change<Result>(change: () => Result): Result {
    try {
      return this.#storage.transactionSync(change)
    } finally {
      this.#lexical.forget()
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
