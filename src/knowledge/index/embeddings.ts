import type { Log } from '../../lib/log.ts'
import type { Sql, SqlStore } from '../../lib/migrate.ts'
import { problem } from '../../lib/problem.ts'
import type { EmbedderAccess, EmbeddingWish } from '../../models/choose-embedder.ts'
import type { QueryText } from '../../models/evidence.ts'
import { OpenAiEmbedder } from '../../models/openai-embedder.ts'
import { AgentVectors, type VectorOwner } from './agent-vectors.ts'
import { DenseSearch } from './dense-search.ts'
import type { DocumentChange } from './documents.ts'
import { embedPending } from './embed-pending.ts'
import { type EmbeddingProgress, EmbeddingQueue, type EmbeddingSpace } from './embedding-queue.ts'
import type { VectorMatch } from './vector-index.ts'
import type { VectorizeBinding } from './vectorize.ts'

export interface EmbeddingStatus {
  /** `ready`: searches go by meaning as well. */
  state: 'off' | 'indexing' | 'ready' | 'failing'
  model: string | null
  dimensions: number | null
  /** Chunks with a vector, and all chunks. */
  done: number
  total: number
  lastError: string | null
  /** Sent to the model in this calendar month, UTC. */
  tokens: number
}

/** Chunks without a vector are at a disadvantage against those with one: meaning counts once nearly all have theirs. */
const ENOUGH = 0.9
/** Of deletions at Vectorize before an erasure is left to its next attempt: a thousand vectors each. */
const MOST_ROUNDS = 60

/** The vectors of an agent's chunks: made in the background, asked with every question. */
export class Embeddings {
  readonly #sql: Sql
  readonly #queue: EmbeddingQueue
  readonly #vectors: AgentVectors
  readonly #dense: DenseSearch
  readonly #store: EmbeddingSpace['store']
  readonly #fetch: typeof fetch
  readonly #log: Log
  #embedder: { access: EmbedderAccess; embedder: OpenAiEmbedder } | undefined
  #progress: EmbeddingProgress | undefined
  /** Its tables may be gone: nothing is written any more. */
  #isErased = false
  #usage: { requests: number; tokens: number; timer?: ReturnType<typeof setTimeout> } = { requests: 0, tokens: 0 }

  /** The tables are those of `SCHEMA`. */
  constructor(
    storage: SqlStore,
    world: { owner: VectorOwner; vectorize: VectorizeBinding | undefined; fetch: typeof fetch; log: Log },
  ) {
    this.#sql = storage.sql
    this.#queue = new EmbeddingQueue(storage)
    this.#vectors = new AgentVectors(storage, world.owner, world.vectorize)
    this.#store = world.vectorize === undefined ? 'embedded' : 'vectorize'
    this.#fetch = world.fetch
    this.#log = world.log
    this.#dense = new DenseSearch(world.log)
    this.#queue.release()
    this.#vectors.open(this.#known().space)
  }

  /** To be called in the transaction that changes a document. */
  changed({ document, removedChunks, isGone }: DocumentChange): void {
    this.#progress = undefined
    this.#queue.remove(removedChunks)
    if (isGone) return this.#vectors.remove(document)
    this.#vectors.removeChunks(removedChunks)
    this.#queue.add(document)
  }

  /** Nothing is embedded; perhaps because nobody has told yet that it is to be. */
  get isUnset(): boolean {
    return this.#known().space === undefined
  }

  /** Whether settings are other than what is stored; `step` looks them up and acts on them. */
  differs(wish: EmbeddingWish): boolean {
    if (wish === 'no-key') return false
    const { space } = this.#known()
    return wish === 'off' ? space !== undefined : !isSame(space, this.#spaceOf(wish))
  }

  /** Looks for chunks by meaning; undefined, at once, when words have to do. */
  find(texts: readonly QueryText[], wish: EmbeddingWish): Promise<VectorMatch[]> | undefined {
    if (typeof wish === 'string') return undefined
    const { space, done, pending, failed } = this.#known()
    const isReady = done > 0 && done >= ENOUGH * (done + pending + failed)
    if (!isReady || this.#dense.isResting || !isSame(space, this.#spaceOf(wish))) return undefined
    return this.#dense.find(texts, this.#embedderOf(wish), this.#vectors)
  }

  /** A step of background work under the present settings; when to come again, undefined when all is done. */
  async step(wish: EmbeddingWish | undefined): Promise<number | undefined> {
    const now = Date.now()
    if (wish === 'off') this.#use(undefined)
    else if (wish === 'no-key') this.#queue.fail([], problem('PROVIDER_KEY_MISSING'), now)
    else if (wish !== undefined) {
      this.#use(this.#spaceOf(wish))
      const due = await embedPending(this.#queue, this.#embedderOf(wish), this.#vectors, now)
      this.#progress = undefined
      return due
    }
    this.#progress = undefined
    const isSynced = await this.#vectors.sync().catch(() => false)
    const due = wish === undefined ? undefined : this.#queue.nextDue()
    return isSynced ? due : Math.min(due ?? Infinity, now + SYNC_AGAIN)
  }

  /** When there is something to do; undefined when there is nothing. */
  nextStep(): number | undefined {
    return this.#vectors.owes() ? 0 : this.#queue.nextDue()
  }

  /** A key or a setting was changed: nothing that failed has to wait. */
  retry(): void {
    this.#queue.retry()
    this.#dense.wake()
    this.#progress = undefined
  }

  status(wish: EmbeddingWish, chunks: number): EmbeddingStatus {
    const { space, done, pending, failed, error } = this.#known()
    const lastError = wish === 'no-key' ? 'PROVIDER_KEY_MISSING' : (error ?? this.#dense.failure ?? null)
    const isStored = space !== undefined && !this.differs(wish)
    const isReady = isStored && done >= ENOUGH * (done + pending + failed)
    const state = wish === 'off' ? 'off' : lastError !== null ? 'failing' : isReady ? 'ready' : 'indexing'
    const { model, dimensions } = typeof wish === 'string' ? (space ?? {}) : wish
    return {
      state,
      model: state === 'off' ? null : (model ?? null),
      dimensions: state === 'off' ? null : (dimensions ?? null),
      done: isStored ? done : 0,
      total: chunks,
      lastError: state === 'off' ? null : lastError,
      tokens: this.#tokens(),
    }
  }

  /** Forgets all vectors, wherever they are. Throws while Vectorize still has some: then it has to be called again. */
  async erase(): Promise<void> {
    this.#use(undefined)
    this.#saveUsage()
    this.#isErased = true
    for (let round = 0; round < MOST_ROUNDS; round++) if (await this.#vectors.sync()) return
    throw new Error('Vectorize still has vectors of the agent')
  }

  #use(space: EmbeddingSpace | undefined): void {
    if (!this.#queue.use(space, this.#vectors)) return
    this.#vectors.open(space)
    this.#progress = undefined
    this.#log('info', 'embedding_space_changed', { ...space })
  }

  #known(): EmbeddingProgress {
    return (this.#progress ??= this.#queue.progress())
  }

  #spaceOf({ model, dimensions }: EmbedderAccess): EmbeddingSpace {
    return { model, dimensions, store: this.#store }
  }

  /** The same one for the same settings, as it learns what its server understands. */
  #embedderOf(access: EmbedderAccess): OpenAiEmbedder {
    const { model, dimensions, baseUrl, apiKey } = access
    const known = this.#embedder?.access
    const same = known?.model === model && known.dimensions === dimensions && known.baseUrl === baseUrl
    if (this.#embedder && same && known.apiKey === apiKey) return this.#embedder.embedder
    const spent = (tokens: number) => this.#spent(model, tokens)
    const embedder = new OpenAiEmbedder({ ...access, fetch: this.#fetch, spent })
    this.#embedder = { access, embedder }
    return embedder
  }

  #spent(model: string, tokens: number): void {
    this.#log('info', 'embedding_tokens', { model, tokens })
    this.#usage.requests++
    this.#usage.tokens += tokens
    // Not at once: an answer to a visitor would wait until it is written.
    if (!this.#isErased) this.#usage.timer ??= setTimeout(() => this.#saveUsage(), 1_000)
  }

  #saveUsage(): void {
    const { requests, tokens, timer } = this.#usage
    if (requests === 0) return
    clearTimeout(timer)
    this.#usage = { requests: 0, tokens: 0 }
    this.#sql.exec(
      `insert into embedding_usage values (?, ?, ?)
       on conflict (month) do update set requests = requests + excluded.requests, tokens = tokens + excluded.tokens`,
      month(),
      requests,
      tokens,
    )
  }

  #tokens(): number {
    this.#saveUsage()
    const query = 'select tokens from embedding_usage where month = ?'
    return this.#sql.exec<{ tokens: number }>(query, month()).toArray()[0]?.tokens ?? 0
  }
}

/** Vectorize shows changes after a few seconds. */
const SYNC_AGAIN = 5_000

const month = (): string => new Date().toISOString().slice(0, 7)

function isSame(a: EmbeddingSpace | undefined, b: EmbeddingSpace): boolean {
  return a?.model === b.model && a.dimensions === b.dimensions && a.store === b.store
}
