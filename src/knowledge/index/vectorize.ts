import { randomBase62 } from '../../lib/bytes.ts'
import { timeLimit } from '../../lib/time-limit.ts'
import type { Sql, SqlStore } from '../../lib/migrate.ts'
import { checkVector, MOST_MATCHES, type VectorEntry, type VectorIndex, type VectorMatch } from './vector-index.ts'

export type VectorizeBinding = Pick<Vectorize, 'query' | 'upsert' | 'deleteByIds' | 'getByIds'>

export interface VectorizeScope {
  organizationId: string
  agentId: string
  dimensions: number
  /** Milliseconds; the binding has no time limit of its own. */
  timeouts?: { query: number; change: number }
}

const TIMEOUTS = { query: 2_000, change: 30_000 }
/** Vectorize takes 1,000, but their 30 MB of decimal numbers would take most of the isolate's memory. */
const UPSERTED = 250
/** Vectorize refuses more with 40007; its documentation does not say so. */
const DELETED = 100
/** In one `sync`: ten calls, far from the limit of calls that an invocation may make. */
const DELETED_AT_ONCE = 1_000
const MOST_ID_BYTES = 64
/** What an object was sending when it was evicted may have arrived or not. */
const LOST_AFTER = 600_000
/** What is just being sent is owed a deletion only once it has been sent: it would arrive after it. */
const FORGOTTEN = `state = case when state in ('sending', 'dropped') then 'dropped' else 'owed' end`

/**
 * Vectors in a Vectorize index shared by all organizations (developers.cloudflare.com/vectorize/reference/client-api).
 * Before the first vector it needs metadata indexes: `wrangler vectorize create-metadata-index <index>
 * --property-name=agent --type=string`, and the same for `version`; without them a filtered query finds nothing.
 *
 * Vectorize shows changes seconds later, cannot list an agent's vectors and deletes by id only. So SQLite keeps a ledger:
 * a vector is in it before it is sent, has an id that is never used again, and counts as an answer only while its row is
 * `live`. What is `owed` a deletion stays in the ledger until Vectorize has taken the deletion.
 */
export class VectorizeVectors implements VectorIndex {
  readonly #storage: SqlStore
  readonly #sql: Sql
  readonly #index: VectorizeBinding
  readonly #scope: VectorizeScope
  readonly #timeouts: { query: number; change: number }
  /** The newest vector that was seen to be findable. */
  #visible = 0

  /** The tables are those of `VECTOR_SCHEMA`. */
  constructor(storage: SqlStore, index: VectorizeBinding, scope: VectorizeScope) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#index = index
    this.#scope = scope
    this.#timeouts = scope.timeouts ?? TIMEOUTS
    const longest = this.#id(randomBase62(8), Number.MAX_SAFE_INTEGER)
    if ([longest, scope.organizationId].some((name) => new TextEncoder().encode(name).length > MOST_ID_BYTES))
      throw new RangeError('the id of the organization or the agent is too long for Vectorize')
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    for (const { values } of entries) checkVector(values, this.#scope.dimensions)
    // Of two vectors for one chunk the later one counts.
    const fresh = [...new Map(entries.map((entry) => [entry.chunkId, entry])).values()]
    if (fresh.length === 0) return
    const version = this.#version()
    const rows = this.#storage.transactionSync(() =>
      fresh.map((entry) => ({ id: this.#announce(version, entry), entry })),
    )
    const ids = JSON.stringify(rows.map(({ id }) => id))
    const { agentId, organizationId } = this.#scope
    try {
      for (let at = 0; at < rows.length; at += UPSERTED) {
        const vectors = rows.slice(at, at + UPSERTED).map(({ id, entry }) => ({
          id: this.#id(version, id),
          values: entry.values,
          namespace: organizationId,
          metadata: { agent: agentId, version, document: entry.document },
        }))
        await timeLimit(this.#index.upsert(vectors), this.#timeouts.change)
      }
    } catch (error) {
      this.#sql.exec(`update vectorize_vectors set state = 'owed' where id in (select value from json_each(?))`, ids)
      throw error
    }
    const sent = `select value from json_each(?1)`
    this.#storage.transactionSync(() => {
      this.#sql.exec(`update vectorize_vectors set state = 'owed' where state = 'dropped' and id in (${sent})`, ids)
      this.#sql.exec(
        `update vectorize_vectors set state = 'owed' where state = 'live' and chunk in
           (select chunk from vectorize_vectors where state = 'sending' and id in (${sent}))`,
        ids,
      )
      this.#sql.exec(`update vectorize_vectors set state = 'live' where state = 'sending' and id in (${sent})`, ids)
    })
  }

  remove(document: number): void {
    this.#sql.exec(`update vectorize_vectors set ${FORGOTTEN} where document = ?`, document)
  }

  removeChunks(chunkIds: readonly number[]): void {
    const query = `update vectorize_vectors set ${FORGOTTEN} where chunk in (select value from json_each(?))`
    this.#sql.exec(query, JSON.stringify(chunkIds))
  }

  clear(): void {
    this.#sql.exec(`update vectorize_vectors set ${FORGOTTEN}`)
    this.#sql.exec('delete from vectorize_index')
  }

  async query(vector: Float32Array, topK: number): Promise<VectorMatch[]> {
    checkVector(vector, this.#scope.dimensions)
    if (this.count() === 0) return []
    const { agentId, organizationId } = this.#scope
    const version = this.#version()
    // All that may be asked for without values and metadata: some may have been removed since.
    const answer = this.#index.query(vector, {
      topK: MOST_MATCHES,
      namespace: organizationId,
      filter: { agent: agentId, version },
      returnValues: false,
      returnMetadata: 'none',
    })
    const { matches } = await timeLimit(answer, this.#timeouts.query)
    const chunks = this.#liveChunks(version, matches)
    return matches
      .flatMap(({ id, score }) => {
        const chunkId = chunks.get(id)
        return chunkId === undefined ? [] : [{ chunkId, score }]
      })
      .slice(0, topK)
  }

  count(): number {
    const query = `select count(*) as count from vectorize_vectors where state = 'live'`
    return this.#sql.exec<{ count: number }>(query).toArray()[0]?.count ?? 0
  }

  /** Whether Vectorize may still hold what nobody asks for any more. */
  owes(): boolean {
    return this.#sql.exec(`select 1 from vectorize_vectors where state <> 'live' limit 1`).toArray().length > 0
  }

  async sync(): Promise<boolean> {
    const lost = `update vectorize_vectors set state = 'owed' where state in ('sending', 'dropped') and announced_at < ?`
    this.#sql.exec(lost, Date.now() - LOST_AFTER)
    for (let deleted = 0; deleted < DELETED_AT_ONCE; deleted += DELETED) {
      const query = `select id, version from vectorize_vectors where state = 'owed' order by id limit ${DELETED}`
      const owed = this.#sql.exec<{ id: number; version: string }>(query).toArray()
      if (owed.length === 0) return this.#isVisible()
      const ids = owed.map(({ id, version }) => this.#id(version, id))
      await timeLimit(this.#index.deleteByIds(ids), this.#timeouts.change)
      const gone = JSON.stringify(owed.map(({ id }) => id))
      this.#sql.exec('delete from vectorize_vectors where id in (select value from json_each(?))', gone)
    }
    return false
  }

  /**
   * Whether the newest vector can be read. Changes are made in order, so all before it can be found as well. The
   * index's `processedUpToMutation` cannot tell: other agents' changes move it on, and its UUIDs have no order.
   */
  async #isVisible(): Promise<boolean> {
    const query = `select id, version, state from vectorize_vectors order by state = 'live', id desc limit 1`
    const newest = this.#sql.exec<{ id: number; version: string; state: string }>(query).toArray()[0]
    if (newest === undefined || newest.id === this.#visible) return true
    if (newest.state !== 'live') return false
    const found = await timeLimit(this.#index.getByIds([this.#id(newest.version, newest.id)]), this.#timeouts.change)
    if (found.length > 0) this.#visible = newest.id
    return found.length > 0
  }

  #announce(version: string, { chunkId, document }: VectorEntry): number {
    const query = `insert into vectorize_vectors (version, chunk, document, state, announced_at)
      values (?, ?, ?, 'sending', ?) returning id`
    return this.#sql.exec<{ id: number }>(query, version, chunkId, document, Date.now()).toArray()[0]?.id ?? 0
  }

  /** By Vectorize's id. An id of another agent or version is nobody here, whatever the filter let through. */
  #liveChunks(version: string, matches: readonly { id: string }[]): Map<string, number> {
    const start = this.#id(version, '')
    const ids = matches.flatMap(({ id }) => (id.startsWith(start) ? Number(id.slice(start.length)) : []))
    const query = `select id, chunk from vectorize_vectors where state = 'live' and id in (select value from json_each(?))`
    const rows = this.#sql.exec<{ id: number; chunk: number }>(query, JSON.stringify(ids)).toArray()
    return new Map(rows.map(({ id, chunk }) => [this.#id(version, id), chunk]))
  }

  #id(version: string, id: number | ''): string {
    return `${this.#scope.agentId}.${version}.${id}`
  }

  /** Part of every id and of the filter: what `clear` forgot neither answers nor takes places among the nearest. */
  #version(): string {
    const known = this.#sql.exec<{ version: string }>('select version from vectorize_index').toArray()[0]
    if (known !== undefined) return known.version
    const version = randomBase62(8)
    this.#sql.exec('insert into vectorize_index (id, version) values (1, ?)', version)
    return version
  }
}
