import { Deadline } from '../lib/deadline.ts'
import { Problem, problem } from '../lib/problem.ts'
import type { Embedder } from './embedder.ts'
import { readEmbeddings } from './openai-embeddings.ts'
import { refusalOf } from './refusal.ts'

export type OpenAiEmbedderSettings = {
  baseUrl: string
  /** Servers of one's own often have none. */
  apiKey?: string | undefined
  model: string
  /** As stored; OpenAI shortens text-embedding-3 vectors to it. */
  dimensions: number
  /** Milliseconds for one text and for one request of many. */
  timeouts?: { query: number; batch: number }
  fetch: typeof fetch
  /** Told what a request has cost. */
  spent?: (tokens: number) => void
}

const TIMEOUTS = { query: 3_000, batch: 30_000 }
/** Of one request: OpenAI takes 2,048 inputs and 300,000 tokens, others less. */
const MAX_INPUTS = 256
const MAX_CHARACTERS = 200_000
/** Of one text, in UTF-16 units: models read about 8,000 tokens and refuse more, with the whole batch. */
const MAX_TEXT = 6_000

type Encoding = 'base64' | 'float'

/** Embeddings of any OpenAI-compatible `/embeddings` (platform.openai.com/docs/api-reference/embeddings/create). */
export class OpenAiEmbedder implements Embedder {
  readonly model: string
  readonly dimensions: number
  private readonly settings: OpenAiEmbedderSettings
  /** A quarter of the bytes of decimal numbers, until the server has shown that it does not know it. */
  private encoding: Encoding = 'base64'

  constructor(settings: OpenAiEmbedderSettings) {
    this.settings = settings
    this.model = settings.model
    this.dimensions = settings.dimensions
  }

  async embed(texts: string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const timeouts = this.settings.timeouts ?? TIMEOUTS
    const total = texts.length === 1 ? timeouts.query : timeouts.batch
    const vectors: Float32Array[] = []
    for (const inputs of batches(texts)) {
      const deadline = new Deadline({ first: total, total, signal: signal ?? new AbortController().signal })
      try {
        for (const vector of await this.request(inputs, deadline.signal)) vectors.push(vector)
      } catch (error) {
        if (deadline.expired) throw problem('PROVIDER_TIMEOUT')
        throw error instanceof Problem ? error : problem('PROVIDER_ERROR')
      } finally {
        deadline.clear()
      }
    }
    return vectors
  }

  private async request(inputs: string[], signal: AbortSignal): Promise<Float32Array[]> {
    let encoding = this.encoding
    let response = await this.send(inputs, encoding, signal)
    if (encoding === 'base64' && (response.status === 400 || response.status === 422)) {
      await response.body?.cancel()
      encoding = 'float'
      response = await this.send(inputs, encoding, signal)
    }
    const refusal = refusalOf(response)
    if (refusal) {
      await response.body?.cancel()
      throw refusal
    }
    const { vectors, tokens } = await readEmbeddings(response, inputs.length, this.dimensions, signal)
    this.encoding = encoding
    this.settings.spent?.(tokens ?? estimate(inputs))
    return vectors
  }

  private send(input: string[], encoding: Encoding, signal: AbortSignal): Promise<Response> {
    const { baseUrl, apiKey, model, dimensions } = this.settings
    return this.settings.fetch(`${baseUrl}/embeddings`, {
      method: 'POST',
      headers: { ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}), 'content-type': 'application/json' },
      body: JSON.stringify({ model, input, dimensions, encoding_format: encoding }),
      redirect: 'manual',
      signal,
    })
  }
}

/** Of a server that counts none. */
function estimate(inputs: readonly string[]): number {
  return Math.ceil(inputs.reduce((sum, { length }) => sum + length, 0) / 4)
}

function* batches(texts: readonly string[]): Generator<string[]> {
  let batch: string[] = []
  let characters = 0
  for (const whole of texts) {
    const text = whole.slice(0, MAX_TEXT).toWellFormed()
    if (batch.length === MAX_INPUTS || (batch.length > 0 && characters + text.length > MAX_CHARACTERS)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(text)
    characters += text.length
  }
  if (batch.length > 0) yield batch
}
