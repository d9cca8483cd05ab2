import { concatBytes } from '../lib/bytes.ts'
import { Problem, problem } from '../lib/problem.ts'
import { timeLimit } from '../lib/time-limit.ts'

/**
 * Refuses what cannot be a body of this type and size by its headers alone, before any work; no type: any will do.
 * Throws UNSUPPORTED_MEDIA_TYPE and PAYLOAD_TOO_LARGE.
 */
export function checkBodyHeaders(headers: Headers, maxBytes: number, wanted: string | undefined): void {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (wanted !== undefined && type !== wanted) throw problem('UNSUPPORTED_MEDIA_TYPE')
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

/** A body that takes longer holds a connection for nothing. */
const PATIENCE = 20_000
/** A file of 25 MB over a slow line (2 Mbit a second). */
const PATIENCE_FOR_FILES = 120_000

/**
 * The JSON value of a request's body, counted while it is read: Content-Length may be missing. Throws
 * PAYLOAD_TOO_LARGE, and INVALID_JSON also for a body that breaks off or does not come.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  try {
    const bytes = await timeLimit(readBytes(request, maxBytes), PATIENCE)
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    throw error instanceof Problem ? error : problem('INVALID_JSON')
  }
}

/** The bytes of a file. Throws PAYLOAD_TOO_LARGE, and VALIDATION_FAILED for none or for a body that breaks off. */
export async function readUpload(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = await timeLimit(readBytes(request, maxBytes), PATIENCE_FOR_FILES)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw problem('VALIDATION_FAILED', { message: 'body: the file did not arrive whole', param: 'body' })
  }
  if (bytes.length === 0) throw problem('VALIDATION_FAILED', { message: 'body: the file is empty', param: 'body' })
  return bytes
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.headers.has('content-length')) return new Uint8Array(await request.arrayBuffer())
  if (!request.body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body as ReadableStream<Uint8Array>) {
    length += part.length
    if (length > maxBytes) throw tooLarge(maxBytes)
    parts.push(part)
  }
  return concatBytes(parts)
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
