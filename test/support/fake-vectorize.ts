import { dot } from './random-vectors.ts'

/**
 * Vectorize in memory, as strict as the platform: developers.cloudflare.com/vectorize/platform/limits, and error codes
 * and limits that the documentation leaves out as they stand in public reports (40006 to 40008, 40012, 40025, 40026,
 * 40041; 100 ids a deletion, 20 ids a `getByIds`). Changes are seen only after `settle()`, in the order they were made.
 */
const LIMITS = {
  upsert: 1_000,
  delete: 100,
  get: 20,
  id: 64,
  namespace: 64,
  metadata: 10 * 1024,
  topK: 100,
  topKFull: 20,
}

interface Stored {
  id: string
  values: Float32Array
  namespace: string | undefined
  metadata: Record<string, VectorizeVectorMetadata>
}

type Change = { id: string; apply: () => void }

const bytes = (text: string) => new TextEncoder().encode(text).length

function refuse(operation: string, code: number, text: string): never {
  throw new Error(`${operation}_ERROR (code = ${code}): ${text}`, { cause: new Error(text) })
}

export class FakeVectorize implements Vectorize {
  /** Every call, for tests that count. */
  readonly calls: { name: string; size: number }[] = []
  /** What the next calls do instead of their work: one entry a call. */
  readonly faults: ('refuse' | 'hang' | 'arrive and hang' | 'pass')[] = []
  readonly stored = new Map<string, Stored>()
  private readonly waiting: Change[] = []
  private processed = ''
  private readonly dimensions: number
  private readonly filterable: Set<string>

  /** `metadataIndexes` are those made with `wrangler vectorize create-metadata-index`, before the first vector. */
  constructor(dimensions: number, metadataIndexes: string[] = ['agent', 'version']) {
    if (dimensions > 1_536) throw new Error('Vectorize takes 1,536 dimensions at most')
    this.dimensions = dimensions
    this.filterable = new Set(metadataIndexes)
  }

  /** Makes all changes so far visible. */
  settle(): void {
    for (const { id, apply } of this.waiting.splice(0)) {
      apply()
      this.processed = id
    }
  }

  async describe(): Promise<VectorizeIndexInfo> {
    const info = { vectorCount: this.stored.size, dimensions: this.dimensions }
    // The platform's types say number; it answers a UUID and a date.
    const processed = { processedUpToMutation: this.processed, processedUpToDatetime: new Date().toISOString() }
    return { ...info, ...processed } as unknown as VectorizeIndexInfo
  }

  async upsert(vectors: VectorizeVector[]): Promise<VectorizeAsyncMutation> {
    return this.call('VECTOR_UPSERT', vectors.length, () => {
      this.check('VECTOR_UPSERT', vectors)
      const copies = vectors.map(copy)
      return this.change(() => copies.forEach((vector) => this.stored.set(vector.id, vector)))
    })
  }

  async insert(vectors: VectorizeVector[]): Promise<VectorizeAsyncMutation> {
    return this.call('VECTOR_INSERT', vectors.length, () => {
      this.check('VECTOR_INSERT', vectors)
      const copies = vectors.map(copy)
      return this.change(() => {
        for (const vector of copies) if (!this.stored.has(vector.id)) this.stored.set(vector.id, vector)
      })
    })
  }

  async deleteByIds(ids: string[]): Promise<VectorizeAsyncMutation> {
    return this.call('VECTOR_DELETE', ids.length, () => {
      const most = LIMITS.delete
      if (ids.length > most) tooMany('VECTOR_DELETE', 'ids', most, ids.length)
      const copies = [...ids]
      return this.change(() => copies.forEach((id) => this.stored.delete(id)))
    })
  }

  async getByIds(ids: string[]): Promise<VectorizeVector[]> {
    return this.call('VECTOR_GET', ids.length, () => {
      if (ids.length > LIMITS.get) tooMany('VECTOR_GET', 'ids', LIMITS.get, ids.length)
      return ids.flatMap((id) => {
        const found = this.stored.get(id)
        return found === undefined ? [] : [publicVector(found)]
      })
    })
  }

  async query(vector: VectorFloatArray | number[], options: VectorizeQueryOptions = {}): Promise<VectorizeMatches> {
    return this.call('VECTOR_QUERY', options.topK ?? 5, () => this.search(Float32Array.from(vector), options))
  }

  async queryById(vectorId: string, options: VectorizeQueryOptions = {}): Promise<VectorizeMatches> {
    const found = this.stored.get(vectorId)
    if (found === undefined) refuse('VECTOR_QUERY', 40_006, 'vector not found')
    return this.query(found.values, options)
  }

  private async call<Result>(name: string, size: number, work: () => Result): Promise<Result> {
    this.calls.push({ name, size })
    const fault = this.faults.shift()
    // A real call leaves the isolate, so nothing is checked before the caller goes on.
    await Promise.resolve()
    if (fault === 'refuse') refuse(name, 40_041, 'Too Many Requests')
    if (fault === 'hang') return new Promise(() => undefined)
    const result = work()
    return fault === 'arrive and hang' ? new Promise(() => undefined) : result
  }

  private search(vector: Float32Array, options: VectorizeQueryOptions): VectorizeMatches {
    const { topK = 5, namespace, filter = {}, returnValues = false, returnMetadata = 'none' } = options
    if (vector.length !== this.dimensions)
      refuse('VECTOR_QUERY', 40_006, `invalid query vector, ${lengths(this.dimensions, vector.length)}`)
    if (options.returnMetadata === false) refuse('VECTOR_QUERY', 40_026, 'returnMetadata: expected value')
    const full = returnValues || returnMetadata === true || returnMetadata === 'all'
    const most = full ? LIMITS.topKFull : LIMITS.topK
    if (topK < 1 || topK > most) refuse('VECTOR_QUERY', 40_025, `max top K is ${most}, but got ${topK}`)
    const matches = [...this.stored.values()]
      .filter((stored) => namespace === undefined || stored.namespace === namespace)
      .filter((stored) => Object.entries(filter).every(([name, wanted]) => this.matches(stored, name, wanted)))
      .map((stored) => ({
        ...publicVector(stored, returnValues, returnMetadata !== 'none'),
        score: cosine(vector, stored.values),
      }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, topK)
    return { matches, count: matches.length }
  }

  private matches({ metadata }: Stored, name: string, wanted: unknown): boolean {
    if (typeof wanted === 'object') refuse('VECTOR_QUERY', 40_026, 'this fake knows equality only')
    // A name without metadata index finds nothing.
    return this.filterable.has(name) && indexed(metadata[name]) === indexed(wanted)
  }

  private change(apply: () => void): VectorizeAsyncMutation {
    const mutationId = crypto.randomUUID()
    this.waiting.push({ id: mutationId, apply })
    return { mutationId }
  }

  private check(operation: string, vectors: VectorizeVector[]): void {
    if (vectors.length > LIMITS.upsert) tooMany(operation, 'vectors', LIMITS.upsert, vectors.length)
    for (const { id, values, namespace = '', metadata = {} } of vectors) {
      if (bytes(id) > LIMITS.id) refuse(operation, 40_008, `id too long; max is 64 bytes, got ${bytes(id)} bytes`)
      if (bytes(namespace) > LIMITS.namespace) refuse(operation, 40_009, 'namespace too long; max is 64 bytes')
      if (values.length !== this.dimensions)
        refuse(operation, 40_012, `invalid vector for id="${id}", ${lengths(this.dimensions, values.length)}`)
      if (bytes(JSON.stringify(metadata)) > LIMITS.metadata) refuse(operation, 40_023, 'metadata too large')
      // JSON has no NaN: it is sent as null.
      if (!values.every(Number.isFinite)) refuse(operation, 40_023, 'failed to parse upsert vectors request')
    }
  }
}

const lengths = (expected: number, got: number) => `expected ${expected} dimensions, and got ${got} dimensions`

function tooMany(operation: string, what: string, most: number, got: number): never {
  refuse(operation, 40_007, `too many ${what} in payload; max id count is ${most}, got ${got}`)
}

function copy({ id, values, namespace, metadata = {} }: VectorizeVector): Stored {
  return { id, values: Float32Array.from(values), namespace, metadata: structuredClone(metadata) }
}

function publicVector(
  { id, values, namespace, metadata }: Stored,
  withValues = true,
  withMetadata = true,
): VectorizeVector {
  return {
    id,
    ...(namespace === undefined ? {} : { namespace }),
    ...(withMetadata ? { metadata } : {}),
    values: withValues ? Array.from(values) : [],
  }
}

/** Of text the first 64 bytes are indexed. */
const indexed = (value: unknown) => (typeof value === 'string' ? value.slice(0, 64) : value)

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
