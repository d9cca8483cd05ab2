import { problem } from '../lib/problem.ts'

/** What one number takes at most as decimal text with its comma, and what an answer may say around its numbers. */
const NUMBER_BYTES = 32
const OTHER_BYTES = 64 * 1024
/** A count above this is none. */
const MOST_TOKENS = 10_000_000

/** The parts of the answer that are read; each of them may be missing or be something else. */
type Answer = { data?: { index?: unknown; embedding?: unknown }[]; usage?: { total_tokens?: unknown } | null }

/**
 * The vectors of an answer in the order of the inputs, each of length 1, and what they cost where that is told. Throws a
 * Problem for anything but that.
 */
export async function readEmbeddings(
  response: Response,
  count: number,
  dimensions: number,
  signal: AbortSignal,
): Promise<{ vectors: Float32Array[]; tokens: number | undefined }> {
  const text = await readText(response, count * (dimensions * NUMBER_BYTES + 256) + OTHER_BYTES, signal)
  const { data, usage } = JSON.parse(text) as Answer
  if (!Array.isArray(data) || data.length !== count) throw problem('PROVIDER_ERROR')
  const vectors: (Float32Array | undefined)[] = Array.from({ length: count })
  for (const [place, item] of data.entries()) {
    const index = item.index ?? place
    if (typeof index !== 'number' || !(index in vectors) || vectors[index]) throw problem('PROVIDER_ERROR')
    vectors[index] = normalised(numbersOf(item.embedding), dimensions)
  }
  const tokens = usage?.total_tokens
  const isCount = typeof tokens === 'number' && Number.isInteger(tokens) && tokens >= 0 && tokens <= MOST_TOKENS
  return { vectors: vectors.map((vector) => vector ?? fail()), tokens: isCount ? tokens : undefined }
}

/** A server that goes on for ever is cut: some of them are chosen by our customers. */
async function readText(response: Response, mostBytes: number, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader() ?? fail()
  const decoder = new TextDecoder()
  const stop = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    let text = ''
    let bytes = 0
    for (;;) {
      const { value, done } = await reader.read()
      signal.throwIfAborted()
      if (done) return text + decoder.decode()
      bytes += value.byteLength
      if (bytes > mostBytes) throw problem('PROVIDER_ERROR')
      text += decoder.decode(value, { stream: true })
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** Base64 of little-endian float32, or plain numbers from servers that do not know `encoding_format`. */
function numbersOf(embedding: unknown): Float32Array {
  if (typeof embedding === 'string') {
    const bytes = Uint8Array.from(atob(embedding), (character) => character.charCodeAt(0))
    return bytes.byteLength % 4 === 0 ? new Float32Array(bytes.buffer) : fail()
  }
  if (!Array.isArray(embedding) || !embedding.every((value) => typeof value === 'number')) return fail()
  return Float32Array.from(embedding)
}

function normalised(vector: Float32Array, dimensions: number): Float32Array {
  if (vector.length !== dimensions) return fail()
  let sum = 0
  for (const value of vector) sum += value * value
  const length = Math.sqrt(sum)
  // Catches NaN and infinity in any place as well.
  if (!(length > 0 && length < Infinity)) return fail()
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] as number) / length
  return vector
}

function fail(): never {
  throw problem('PROVIDER_ERROR')
}
