/**
 * An OpenAI-compatible `POST /v1/embeddings` whose behaviour is chosen by the model name, and the vectors it gives:
 * hashed bags of words in which synonyms are one word, so that "reimbursement" is near "refund".
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CANARY, ERRORS } from './fake-openai-faults.ts'
import { bodyOf, closeNow, listen } from './local-http.ts'

const CONCEPTS = [
  'refund refunds refunded reimbursement reimburse reimbursed recompense moneyback',
  'ship ships shipping shipment deliver delivers delivery dispatch courier postage',
  'cancel cancels cancellation terminate quit discontinue',
  'broken broke defective kaput faulty damaged smashed',
  'password passcode passphrase credentials',
  'buy buys purchase acquire procure',
  'doctor physician medic',
]
const CONCEPT_OF = new Map(
  CONCEPTS.flatMap((line, at) => line.split(' ').map((word) => [word, `concept ${at}`] as const)),
)
const SILENT = new Set(
  'a an and are at be by can do does for get how i if in is it me my of on or our the to we what with you your'.split(
    ' ',
  ),
)

/** Of length 1; texts without a word share one vector. */
export function embedText(text: string, dimensions: number): Float32Array {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const telling = words.filter((word) => !SILENT.has(word))
  const vector = new Float32Array(dimensions)
  for (const word of telling.length > 0 ? telling : ['nothing']) addWord(vector, CONCEPT_OF.get(word) ?? word)
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return vector.map((value) => value / length)
}

/** A pseudo-random direction for each word (FNV-1a seeds a multiplicative generator). */
function addWord(vector: Float32Array, word: string): void {
  let state = 0x811c9dc5
  for (const character of word) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  for (let at = 0; at < vector.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    vector[at] = (vector[at] ?? 0) + ((state >>> 16) / 32_768 - 1)
  }
}

export interface EmbeddingsRequest {
  model: string
  input: string[]
  dimensions: number
  encoding_format?: 'base64' | 'float'
}

type Item = { object: 'embedding'; index: number; embedding: unknown }

const base64 = (vector: Float32Array) =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')

/** What each model makes of an answer that would have been right. */
const ANSWERS: Record<string, (items: Item[], request: EmbeddingsRequest) => unknown> = {
  embed: (data, { input }) => ({ data, usage: { total_tokens: input.join(' ').split(/\s+/).length } }),
  /** Knows no `encoding_format` and passes it over, as many servers do. */
  'float-only': (items) => ({ data: items.map((item) => ({ ...item, embedding: numbers(item) })) }),
  shuffled: (items) => ({ data: items.toReversed() }),
  'no-index': (items) => ({ data: items.map(({ embedding }) => ({ embedding })) }),
  long: (items) => ({
    data: items.map((item) => ({ ...item, embedding: numbers(item).map((value) => value * 12.5) })),
  }),
  'wrong-count': (items) => ({ data: items.slice(1) }),
  'one-too-many': (items) => ({ data: [...items, ...items.slice(0, 1)] }),
  'same-index': (items) => ({ data: items.map((item) => ({ ...item, index: 1 })) }),
  'wrong-index': (items) => ({ data: items.map((item) => ({ ...item, index: item.index + 1 })) }),
  'wrong-dimension': (items) => ({ data: items.map((item) => ({ ...item, embedding: numbers(item).slice(1) })) }),
  nan: (items) => ({
    data: items.map((item) => ({ ...item, embedding: base64(Float32Array.from(numbers(item), () => Number.NaN)) })),
  }),
  null: (items) => ({
    data: items.map((item) => ({ ...item, embedding: numbers(item).with(2, null as unknown as number) })),
  }),
  infinite: (items) => ({ data: items.map((item) => ({ ...item, embedding: numbers(item).with(2, 1e300) })) }),
  zero: (items) => ({ data: items.map((item) => ({ ...item, embedding: numbers(item).fill(0) })) }),
  'bad-base64': (items) => ({ data: items.map((item) => ({ ...item, embedding: `${CANARY}!!` })) }),
  'odd-base64': (items) => ({ data: items.map((item) => ({ ...item, embedding: 'AAAA' })) }),
  'no-data': () => ({ object: 'list', note: CANARY }),
  'null-items': (items) => ({ data: items.map(() => null) }),
  'null-body': () => null,
}

const numbers = ({ embedding }: Item): number[] => {
  const bytes = Buffer.from(String(embedding), 'base64')
  return Array.from(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)))
}

const REFUSALS: Record<string, { status: number; body: unknown; headers?: Record<string, string> }> = {
  '400': { status: 400, body: ERRORS.tooLong.body },
  '401': { status: 401, body: ERRORS.noKey.body },
  '429': { status: 429, body: ERRORS.rateLimit.body, headers: { 'retry-after': '7' } },
  '500': { status: 500, body: ERRORS.server.body },
  '503': { status: 503, body: ERRORS.overloaded.body },
  redirect: { status: 302, body: CANARY, headers: { location: 'http://127.0.0.1:1/' } },
}

export const BAD_ANSWERS = Object.keys(ANSWERS).slice(5)

export interface FakeEmbeddingsOptions {
  port?: number
  /** Behaves as this model whatever was asked for; undefined: as the one that was. */
  as?: (request: EmbeddingsRequest) => string | undefined
}

export async function startFakeEmbeddings({ port: wanted, as }: FakeEmbeddingsOptions = {}) {
  const requests: EmbeddingsRequest[] = []
  /** The `authorization` of each of them. */
  const keys: (string | undefined)[] = []
  const server = createServer((req, res) => {
    // Throws only when the caller goes away while it is still sending its body.
    serve(req, res).catch(() => res.destroy())
  })
  server.keepAliveTimeout = 0
  async function serve(req: IncomingMessage, res: ServerResponse) {
    const body = await bodyOf(req)
    if (req.method !== 'POST' || req.url !== '/v1/embeddings') return void res.writeHead(404).end()
    const request = JSON.parse(body) as EmbeddingsRequest
    requests.push(request)
    keys.push(req.headers.authorization)
    answer(res, { ...request, model: as?.(request) ?? request.model })
  }
  const port = await listen(server, wanted)
  return { url: `http://127.0.0.1:${port}/v1`, requests, keys, close: () => closeNow(server) }
}

function answer(res: ServerResponse, request: EmbeddingsRequest): void {
  const { model, encoding_format: encoding } = request
  const refusal = model === 'no-base64' && encoding === 'base64' ? REFUSALS['400'] : REFUSALS[model]
  if (refusal) {
    res.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers })
    return void res.end(JSON.stringify(refusal.body))
  }
  if (model === 'hang') return
  if (model === 'reset') return void res.socket?.resetAndDestroy()
  res.writeHead(200, { 'content-type': 'application/json' })
  if (model === 'endless') return endless(res)
  if (model === 'html') return void res.end(`<html>${CANARY}`)
  const items = request.input.map((text, index): Item => {
    const vector = embedText(text, request.dimensions)
    return { object: 'embedding', index, embedding: encoding === 'base64' ? base64(vector) : Array.from(vector) }
  })
  const body = JSON.stringify(
    (ANSWERS[model] ?? ANSWERS.embed)?.(encoding === 'base64' ? items : items.map(asBase64), request),
  )
  if (model === 'stall') return void res.write(body.slice(0, 100))
  if (model === 'cut') return void res.write(body.slice(0, 100), () => res.destroy())
  res.end(model === 'no-base64' ? JSON.stringify({ data: items }) : body)
}

/** The table of answers works on base64 throughout. */
function asBase64(item: Item): Item {
  return { ...item, embedding: base64(Float32Array.from(item.embedding as number[])) }
}

function endless(res: ServerResponse): void {
  const more = () => {
    while (!res.destroyed && res.write(' '.repeat(65_536)));
  }
  res.on('drain', more)
  more()
}
