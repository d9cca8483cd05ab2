import { DurableObject } from 'cloudflare:workers'
import { createLog, describeError } from '../../lib/log.ts'
import type { EmbeddingWish } from '../../models/choose-embedder.ts'
import type { SearchResult } from '../../models/evidence.ts'
import { createRuntime } from '../../runtime.ts'
import type { VectorOwner } from './agent-vectors.ts'
import type { DocumentInput, DocumentSummary } from './documents.ts'
import type { Embeddings, EmbeddingStatus } from './embeddings.ts'
import { ownerOf, usesEmbeddings } from './owner.ts'
import { type DocumentPage, type IndexStats, KnowledgeStore, type Refused, type SearchRequest } from './store.ts'
import type { VectorizeBinding } from './vectorize.ts'

/** `embedding`: what the settings say, with the key; without it words alone are searched. */
export type KnowledgeSearch = SearchRequest & { embedding?: EmbeddingWish }

/** Set before every step, so that a crash in its middle is made good after so long. */
const WATCHDOG = 10_000
const STUMBLED = 30_000
/** Documents that come one after the other are embedded together. */
const GATHERED = 300
/** Settings of which this object was told are looked up in the database at most so often. */
const LOOKED_UP = 5_000

/** The knowledge of one agent: its documents, their chunks, the lexical index and the vectors over them. */
export class KnowledgeIndex extends DurableObject<Env> {
  #open: KnowledgeStore | undefined
  /** Only where the platform has a model for it or had one: elsewhere none of it is even loaded. */
  #embeddings: Embeddings | undefined
  #step: Promise<void> = Promise.resolve()
  #alarmAt: number | undefined
  #lookedUp = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store()
    if (usesEmbeddings(env, ctx.storage.sql)) void ctx.blockConcurrencyWhile(() => this.#loadEmbeddings())
  }

  async putDocument(document: DocumentInput): Promise<DocumentSummary> {
    return this.#changing((store) => store.putDocument(document))
  }

  /** As `putDocument`, unless the agent has `most` documents already or the document has too many sections. */
  async addDocument(document: DocumentInput, most: number): Promise<DocumentSummary | Refused> {
    return this.#changing((store) => store.putDocument(document, most))
  }

  async listDocuments(page: { limit: number; after?: string }): Promise<DocumentPage> {
    return this.#store().listDocuments(page)
  }

  async getDocument(id: string): Promise<(DocumentSummary & { content: string }) | undefined> {
    return this.#store().getDocument(id)
  }

  async deleteDocument(id: string): Promise<boolean> {
    return this.#changing((store) => store.deleteDocument(id))
  }

  async contentHashes(ids: string[]): Promise<Record<string, string>> {
    return this.#store().contentHashes(ids)
  }

  async stats(): Promise<IndexStats> {
    return this.#store().stats()
  }

  async status(embedding: EmbeddingWish): Promise<IndexStats & { embeddings: EmbeddingStatus | undefined }> {
    const stats = this.#store().stats()
    this.#lookUp(embedding)
    return { ...stats, embeddings: this.#embeddings?.status(embedding, stats.chunks) }
  }

  /**
   * The question is embedded here and not by the caller: it costs no round trip more, the words are searched meanwhile,
   * and a question is not sent to anybody while its vector could not be used.
   */
  async search({ embedding, ...request }: KnowledgeSearch): Promise<SearchResult> {
    const store = this.#store()
    if (embedding === undefined || !this.#embeddings) return store.search(request)
    this.#lookUp(embedding)
    const dense = this.#embeddings.find(request.texts, embedding)
    if (!dense) return store.search(request)
    const finish = store.startSearch(request)
    return finish(await dense)
  }

  /** Settings or keys have changed: nothing that failed because of them has to wait. */
  async settingsChanged(): Promise<void> {
    if (!this.#embeddings) return
    this.#embeddings.retry()
    this.#arm(Date.now())
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = undefined
    if (!this.#embeddings) return
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG)
    this.#step = this.#embed(this.#embeddings)
    await this.#step
  }

  /** Forgets everything, tables included; they come back with the next call, if there is one. */
  async purge(): Promise<void> {
    this.#store().erase()
    await this.#step
    await this.#embeddings?.erase()
    this.#open = undefined
    this.#embeddings = undefined
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  /** One step in the background. What came in between may want the next one earlier than the step itself. */
  async #embed(embeddings: Embeddings): Promise<void> {
    const { presentWish } = await import('./present-wish.ts')
    let next: number | undefined
    try {
      const owner = ownerOf(this.ctx)
      next = await embeddings.step(owner && (await presentWish(this.#runtime(owner), owner)))
    } catch (error) {
      createLog(`knowledge:${this.ctx.id.toString()}`)('error', 'embedding_step_failed', {
        error: describeError(error),
      })
      next = Date.now() + STUMBLED
    }
    const times = [next, this.#alarmAt].filter((time) => time !== undefined)
    if (times.length > 0) await this.ctx.storage.setAlarm(Math.max(Math.min(...times), Date.now()))
    else await this.ctx.storage.deleteAlarm()
  }

  async #changing<Result>(change: (store: KnowledgeStore) => Result): Promise<Awaited<Result>> {
    const result = await change(this.#store())
    const next = this.#embeddings?.nextStep()
    if (next !== undefined) this.#arm(Math.max(next, Date.now() + GATHERED))
    else if (this.#embeddings?.isUnset) this.#lookUp(undefined)
    return result
  }

  /** Has the database asked, in the background, when settings seem to be others than before. */
  #lookUp(told: EmbeddingWish | undefined): void {
    if (!this.#embeddings || Date.now() < this.#lookedUp + LOOKED_UP) return
    if (told !== undefined && !this.#embeddings.differs(told)) return
    this.#lookedUp = Date.now()
    this.#arm(Date.now() + GATHERED)
  }

  #arm(at: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= at) return
    this.#alarmAt = at
    // Nobody's answer waits for it to be on disk; what is due is in the tables, and is found there by the next start.
    void this.ctx.storage.setAlarm(at, { allowUnconfirmed: true })
  }

  #store(): KnowledgeStore {
    this.#open ??= new KnowledgeStore(this.ctx.storage, (change) => this.#embeddings?.changed(change))
    return this.#open
  }

  async #loadEmbeddings(): Promise<void> {
    const { Embeddings } = await import('./embeddings.ts')
    const owner = ownerOf(this.ctx)
    if (!owner) return
    const { VECTORIZE: vectorize } = this.env as Env & { VECTORIZE?: VectorizeBinding }
    const { fetch, log } = this.#runtime(owner)
    this.#embeddings = new Embeddings(this.ctx.storage, { owner, vectorize, fetch, log })
    if (this.#embeddings.nextStep() !== undefined && (await this.ctx.storage.getAlarm()) === null) this.#arm(Date.now())
  }

  #runtime({ agentId }: VectorOwner) {
    return createRuntime(this.env, this.ctx, `knowledge:${agentId}`)
  }
}
