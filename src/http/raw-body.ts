import { Problem, problem } from '../lib/problem.ts'

/**
 * Refuses what cannot be a JSON body of this size by its headers alone, before any work.
 * Throws UNSUPPORTED_MEDIA_TYPE and PAYLOAD_TOO_LARGE.
 */
export function checkBodyHeaders(headers: Headers, maxBytes: number): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw problem('UNSUPPORTED_MEDIA_TYPE')
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

/** A body that takes longer holds a connection for nothing. */
const PATIENCE = 20_000

/**
 * The JSON value of a request's body, counted while it is read: Content-Length may be missing. Throws
 * PAYLOAD_TOO_LARGE, and INVALID_JSON also for a body that breaks off or does not come.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(problem('INVALID_JSON')), PATIENCE)))
  try {
    const bytes = await Promise.race([readBytes(request, maxBytes), late])
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    throw error instanceof Problem ? error : problem('INVALID_JSON')
  } finally {
    clearTimeout(timer)
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.headers.has('content-length')) return new Uint8Array(await request.arrayBuffer())
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body as ReadableStream<Uint8Array>) {
    length += part.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

const tooLarge = (maxBytes: number) =>
  problem('PAYLOAD_TOO_LARGE', { message: `The request body is larger than ${Math.floor(maxBytes / 1024)} KB.` })

const MAX_DRAINED_BYTES = 8 * 1024 * 1024
const MAX_DRAIN_TIME = 1_000

/**
 * Reads on what a refused client is still sending, within bounds: workerd resets a connection whose body was not
 * read, and then the client never sees why it was refused.
 */
export async function drain(request: Request): Promise<void> {
  if (!request.body || request.bodyUsed) return
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const end = Date.now() + MAX_DRAIN_TIME
  let bytes = 0
  try {
    while (bytes < MAX_DRAINED_BYTES && Date.now() < end) {
      const { value, done } = await Promise.race([reader.read(), scheduler.wait(MAX_DRAIN_TIME).then(() => OVER)])
      if (done) return
      bytes += value.length
    }
  } catch {
    // The client has left.
  }
  await reader.cancel().catch(() => undefined)
}

const OVER = { done: true as const, value: undefined }
