import { DurableObject } from 'cloudflare:workers'
import type { SearchResult } from '../../models/evidence.ts'
import type { DocumentInput, DocumentSummary } from './documents.ts'
import { type DocumentPage, type IndexStats, KnowledgeStore, type Refused, type SearchRequest } from './store.ts'

/** The knowledge of one agent: its documents, their chunks and the lexical index over them. */
export class KnowledgeIndex extends DurableObject<Env> {
  #open: KnowledgeStore | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#open = new KnowledgeStore(ctx.storage)
  }

  async putDocument(document: DocumentInput): Promise<DocumentSummary> {
    return this.#store().putDocument(document)
  }

  /** As `putDocument`, unless the agent has `most` documents already or the document has too many sections. */
  async addDocument(document: DocumentInput, most: number): Promise<DocumentSummary | Refused> {
    return this.#store().putDocument(document, most)
  }

  async listDocuments(page: { limit: number; after?: string }): Promise<DocumentPage> {
    return this.#store().listDocuments(page)
  }

  async getDocument(id: string): Promise<(DocumentSummary & { content: string }) | undefined> {
    return this.#store().getDocument(id)
  }

  async deleteDocument(id: string): Promise<boolean> {
    return this.#store().deleteDocument(id)
  }

  async contentHashes(ids: string[]): Promise<Record<string, string>> {
    return this.#store().contentHashes(ids)
  }

  async stats(): Promise<IndexStats> {
    return this.#store().stats()
  }

  async search(request: SearchRequest): Promise<SearchResult> {
    return this.#store().search(request)
  }

  /** Forgets everything, tables included; they come back with the next call, if there is one. */
  async purge(): Promise<void> {
    this.#open = undefined
    await this.ctx.storage.deleteAll()
  }

  #store(): KnowledgeStore {
    this.#open ??= new KnowledgeStore(this.ctx.storage)
    return this.#open
  }
}
