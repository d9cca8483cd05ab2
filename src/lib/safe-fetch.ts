import { concatBytes } from './bytes.ts'
import { FetchFailure, toFailure } from './fetch-failure.ts'
import { isLoopback, type Outbound } from './outbound.ts'
import { lookUp } from './public-dns.ts'
import { judgeUrl } from './public-url.ts'

export type SafeRequest = {
  url: string
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
  /** Pages may be read over http; webhooks and keys go over https alone. */
  allowHttp?: boolean
  /** Hops that are followed, for GET and HEAD; with 0 the 3xx itself is the answer. At most 5. */
  redirects?: number
  /** Milliseconds for everything, the body included. */
  timeout: number
  /** How many Workers of ours the request has already come through. */
  hop?: number
  signal?: AbortSignal
}

export type SafeAnswer = {
  /** Where the answer came from, after redirects. */
  url: string
  status: number
  headers: Headers
  /** Reads the whole body; throws `too-large` as soon as it is longer, and lets go of the connection. */
  read: (maxBytes: number) => Promise<Uint8Array>
  /** The body for a caller that reads as it comes; ends with an error when the time is over. */
  body: ReadableStream<Uint8Array> | undefined
  /** Lets go of the connection without reading on. */
  cancel: () => void
}

const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** All that may follow a redirect to another origin: everything else could be a secret. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'user-agent', 'x-flexy-hop'])

/**
 * The only way out to an address that a customer gave. Every hop is judged by its text and by what its name resolves
 * to, no cookie goes along, and nothing takes longer or gets larger than the caller allows.
 * Throws `FetchFailure`; any status of the server is an answer.
 */
export async function safeFetch(outbound: Outbound, request: SafeRequest): Promise<SafeAnswer> {
  const controller = new AbortController()
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    controller.abort()
  }, request.timeout)
  const signal = request.signal ? AbortSignal.any([controller.signal, request.signal]) : controller.signal
  const cancel = () => {
    clearTimeout(timer)
    controller.abort()
  }
  const fail = (error: unknown) => {
    cancel()
    if (expired) return new FetchFailure('timeout')
    return request.signal?.aborted ? new FetchFailure('aborted') : toFailure(error)
  }
  try {
    const { response, url } = await follow(outbound, request, signal)
    const { status, headers } = response
    const body = (response.body as ReadableStream<Uint8Array> | null) ?? undefined
    if (!body) clearTimeout(timer)
    const read = async (maxBytes: number) => {
      try {
        const bytes = body ? await readCapped(body, headers, maxBytes) : new Uint8Array()
        clearTimeout(timer)
        return bytes
      } catch (error) {
        throw fail(error)
      }
    }
    return { url, status, headers, body, read, cancel }
  } catch (error) {
    throw fail(error)
  }
}

/**
 * The URL of a text, if it may be called; throws `FetchFailure`. Judges the text alone, so it can be asked before
 * something is saved; `safeFetch` judges what the name resolves to as well.
 */
export function requireAllowed(outbound: Outbound, text: string, allowHttp = false): URL {
  if (isLoopback(text, outbound)) return new URL(text)
  const judged = judgeUrl(text, { ownHosts: outbound.ownHosts, allowHttp })
  if ('refused' in judged) throw new FetchFailure('refused-url', judged.refused)
  return judged.url
}

async function requirePublic(outbound: Outbound, text: string, allowHttp: boolean): Promise<URL> {
  const url = requireAllowed({ ...outbound, loopback: [] }, text, allowHttp)
  const lookup = await lookUp(url.hostname.replace(/\.$/, ''), outbound)
  if (lookup.state === 'denied') throw new FetchFailure('refused-address')
  if (lookup.state !== 'public') throw new FetchFailure('dns', lookup.state)
  return url
}

async function follow(outbound: Outbound, request: SafeRequest, signal: AbortSignal) {
  const { method = 'GET', body, hop = 0, allowHttp = false } = request
  const hops = method === 'GET' || method === 'HEAD' ? Math.min(request.redirects ?? 0, MAX_REDIRECTS) : 0
  const headers = new Headers(request.headers)
  headers.delete('cookie')
  headers.set('user-agent', outbound.userAgent)
  headers.set('x-flexy-hop', String(hop + 1))
  // A server out there must not lead us to one on this machine, even where a developer allowed that one.
  const isLocal = isLoopback(request.url, outbound)
  let url = request.url
  for (let taken = 0; ; taken++) {
    const target = isLocal && isLoopback(url, outbound) ? new URL(url) : await requirePublic(outbound, url, allowHttp)
    signal.throwIfAborted()
    const response = await outbound.fetch(target.href, {
      method,
      headers,
      body: body ?? null,
      redirect: 'manual',
      signal,
    })
    if (hops === 0 || !REDIRECTS.has(response.status)) return { response, url: target.href }
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (taken === hops || !location || !URL.canParse(location, target.href)) throw new FetchFailure('redirect')
    const next = new URL(location, target.href)
    if (next.origin !== target.origin) {
      for (const name of Array.from(headers.keys())) if (!HARMLESS_HEADERS.has(name)) headers.delete(name)
    }
    url = next.href
  }
}

async function readCapped(body: ReadableStream<Uint8Array>, headers: Headers, maxBytes: number) {
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw new FetchFailure('too-large')
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > maxBytes) throw new FetchFailure('too-large')
    chunks.push(value)
  }
  return concatBytes(chunks)
}
