import type { Log } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { timeLimit } from '../../lib/time-limit.ts'
import type { Embedder } from '../../models/embedder.ts'
import type { QueryText } from '../../models/evidence.ts'
import { MOST_MATCHES, type VectorIndex, type VectorMatch } from './vector-index.ts'

/** How long a visitor may wait for vectors, in milliseconds; then words alone answer. */
const PATIENCE = 1_500
/** So long after a failure words alone answer: a provider that hangs must not cost every visitor the patience. */
const REST = 15_000
/** Texts of a question that are embedded, the heaviest; what comes after them weighs nearly nothing. */
const MOST_TEXTS = 4

/** Finds chunks by meaning for a visitor who waits: in time, or not at all. */
export class DenseSearch {
  readonly #log: Log
  #restUntil = 0
  /** Code of the last failure, until something is found again. */
  failure: string | undefined

  constructor(log: Log) {
    this.#log = log
  }

  get isResting(): boolean {
    return Date.now() < this.#restUntil
  }

  /** A key or a setting was changed. */
  wake(): void {
    this.#restUntil = 0
  }

  /** The nearest chunks, best first; none when anything fails. Never throws. */
  async find(texts: readonly QueryText[], embedder: Embedder, vectors: VectorIndex): Promise<VectorMatch[]> {
    const heaviest = texts
      .filter(({ text, weight }) => weight > 0 && text.trim() !== '')
      .toSorted((a, b) => b.weight - a.weight)
      .slice(0, MOST_TEXTS)
    if (heaviest.length === 0) return []
    const abort = new AbortController()
    const begun = Date.now()
    const nearest = async () => {
      const embedded = await embedder.embed(
        heaviest.map(({ text }) => text),
        abort.signal,
      )
      return vectors.query(meanOf(embedded, heaviest), MOST_MATCHES)
    }
    try {
      const matches = await timeLimit(nearest(), PATIENCE)
      this.#succeeded()
      return matches
    } catch (error) {
      this.#failed(Date.now() - begun >= PATIENCE ? 'PROVIDER_TIMEOUT' : codeOf(error))
      return []
    } finally {
      abort.abort()
    }
  }

  #succeeded(): void {
    if (this.failure !== undefined) this.#log('info', 'query_embedding_recovered')
    this.failure = undefined
  }

  /** Told once, not with every question. */
  #failed(code: string): void {
    if (this.failure === undefined) this.#log('warn', 'query_embedding_failed', { code })
    this.failure = code
    this.#restUntil = Date.now() + REST
  }
}

const codeOf = (error: unknown): string => (error instanceof Problem ? error.code : 'UNAVAILABLE')

/**
 * The direction of a whole question: its texts with the weights they have for words as well, so that a follow-up ("and
 * for gifts?") is near what it follows. Similarities to it are the weighted sum of those to each text.
 */
function meanOf(vectors: readonly Float32Array[], texts: readonly QueryText[]): Float32Array {
  const [first] = vectors
  if (first === undefined || vectors.length === 1) return first ?? new Float32Array()
  const mean = new Float32Array(first.length)
  for (const [at, vector] of vectors.entries())
    for (let place = 0; place < mean.length; place++)
      mean[place] = (mean[place] as number) + (vector[place] as number) * (texts[at]?.weight ?? 0)
  const length = Math.hypot(...mean)
  return length > 0 ? mean.map((value) => value / length) : first
}
