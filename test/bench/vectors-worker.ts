// The vectors of one agent in a Durable Object, filled with vectors made here: 100,000 of them would be 600 MB to send.
import { DurableObject } from 'cloudflare:workers'
import { EmbeddedVectors } from '../../src/knowledge/index/embedded-vectors.ts'
import { VECTOR_SCHEMA } from '../../src/knowledge/index/vector-schema.ts'
import { migrate } from '../../src/lib/migrate.ts'
import { clustered, dot } from '../support/random-vectors.ts'

const DIMENSIONS = 1536
const BATCH = 256
/** As uneven as those of real embeddings. */
const DECAY = 0.5
const NEAREST = 10
const QUESTIONS = 20

type Call = { name: string } & (
  | { call: 'fill'; count: number; topics: number }
  | { call: 'query' | 'recall'; at: number }
  | { call: 'nothing' }
)
type Near = { chunkId: number; score: number }

export class Vectors extends DurableObject {
  #index: EmbeddedVectors
  #make: (() => Float32Array) | undefined
  #questions: Float32Array[] = []
  /** The nearest of each question by exact arithmetic, so far. */
  #nearest: Near[][] = []

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    migrate(ctx.storage, VECTOR_SCHEMA)
    this.#index = new EmbeddedVectors(ctx.storage, DIMENSIONS)
  }

  /** Answers how long storing took, without making the vectors: the clock of a Worker stands still while it works. */
  async fill(count: number, topics: number): Promise<{ vectors: number; stored: number }> {
    this.#make ??= clustered(DIMENSIONS, { topics, decay: DECAY })
    if (this.#questions.length === 0) this.#questions = Array.from({ length: QUESTIONS }, this.#make)
    const first = this.#index.count()
    for (let done = 0; done < count; done += BATCH) {
      const entries = Array.from({ length: Math.min(BATCH, count - done) }, (_, at) => {
        const values = (this.#make as () => Float32Array)()
        const chunkId = first + done + at + 1
        this.#see(chunkId, values)
        return { chunkId, document: Math.ceil(chunkId / 20), values }
      })
      await this.#index.upsert(entries)
    }
    return { vectors: this.#index.count(), stored: this.ctx.storage.sql.databaseSize }
  }

  async query(at: number): Promise<number> {
    return (await this.#found(at)).length
  }

  /** Which share of the nearest is among those found. */
  async recall(at: number): Promise<number> {
    const exact = new Set(this.#nearest[at]?.map(({ chunkId }) => chunkId))
    return (await this.#found(at)).filter(({ chunkId }) => exact.has(chunkId)).length / NEAREST
  }

  async nothing(): Promise<number> {
    return 0
  }

  #found(at: number) {
    return this.#index.query(this.#questions[at % QUESTIONS] ?? new Float32Array(DIMENSIONS), NEAREST)
  }

  #see(chunkId: number, values: Float32Array): void {
    for (const [at, question] of this.#questions.entries()) {
      const score = dot(question, values)
      const known = this.#nearest[at] ?? []
      if (known.length === NEAREST && score <= (known.at(-1)?.score ?? 0)) continue
      this.#nearest[at] = [...known, { chunkId, score }].toSorted((a, b) => b.score - a.score).slice(0, NEAREST)
    }
  }
}

export default {
  async fetch(request: Request, env: { VECTORS: DurableObjectNamespace<Vectors> }): Promise<Response> {
    const asked = await request.json<Call>()
    const vectors = env.VECTORS.getByName(asked.name)
    switch (asked.call) {
      case 'fill':
        return Response.json(await vectors.fill(asked.count, asked.topics))
      case 'query':
        return Response.json(await vectors.query(asked.at))
      case 'recall':
        return Response.json(await vectors.recall(asked.at))
      case 'nothing':
        return Response.json(await vectors.nothing())
    }
  },
}
