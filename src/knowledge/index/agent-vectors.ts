import type { SqlStore } from '../../lib/migrate.ts'
import { EmbeddedVectors } from './embedded-vectors.ts'
import type { EmbeddingSpace } from './embedding-queue.ts'
import type { VectorEntry, VectorIndex, VectorMatch } from './vector-index.ts'
import { type VectorizeBinding, VectorizeVectors } from './vectorize.ts'

export interface VectorOwner {
  organizationId: string
  agentId: string
}

/**
 * The vectors of one agent, wherever its present space keeps them. What another space left at Vectorize is still owed a
 * deletion, which `sync` makes good.
 */
export class AgentVectors implements VectorIndex {
  readonly #storage: SqlStore
  readonly #owner: VectorOwner
  readonly #binding: VectorizeBinding | undefined
  #index: VectorIndex | undefined
  #remote: VectorizeVectors | undefined

  constructor(storage: SqlStore, owner: VectorOwner, binding: VectorizeBinding | undefined) {
    this.#storage = storage
    this.#owner = owner
    this.#binding = binding
  }

  open(space: EmbeddingSpace | undefined): void {
    const { dimensions = 1, store } = space ?? {}
    this.#remote = new VectorizeVectors(this.#storage, this.#binding ?? UNBOUND, { ...this.#owner, dimensions })
    const embedded = () => new EmbeddedVectors(this.#storage, dimensions)
    this.#index = store === undefined ? undefined : store === 'vectorize' ? this.#remote : embedded()
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    await this.#index?.upsert(entries)
  }

  remove(document: number): void {
    this.#index?.remove(document)
  }

  removeChunks(chunkIds: readonly number[]): void {
    this.#index?.removeChunks(chunkIds)
  }

  clear(): void {
    this.#index?.clear()
  }

  async query(vector: Float32Array, topK: number): Promise<VectorMatch[]> {
    return (await this.#index?.query(vector, topK)) ?? []
  }

  count(): number {
    return this.#index?.count() ?? 0
  }

  /** Whether `sync` has deletions to make. Without the binding nothing can be done, and nothing is waited for. */
  owes(): boolean {
    return this.#binding !== undefined && this.#remote?.owes() === true
  }

  async sync(): Promise<boolean> {
    const isRemote = this.#index !== undefined && this.#index === this.#remote
    if (this.#binding === undefined || !(isRemote || this.owes())) return true
    return (await this.#remote?.sync()) ?? true
  }
}

const refuse = async (): Promise<never> => {
  throw new Error('there is no binding VECTORIZE')
}
/** Stands in where vectors were kept in Vectorize and the binding is gone: the ledger can still be read and cleared. */
const UNBOUND: VectorizeBinding = { query: refuse, upsert: refuse, deleteByIds: refuse, getByIds: refuse }
