import { toHex, utf8 } from '../../lib/bytes.ts'
import { FetchFailure, type FetchFailureReason } from '../../lib/fetch-failure.ts'
import { type Outbound } from '../../lib/outbound.ts'
import { type SafeAnswer, safeFetch } from '../../lib/safe-fetch.ts'
import { extract } from '../extract/extract.ts'
import { ExtractError, type Extracted, type ReadPdf } from '../extract/extracted.ts'
import { readHtml } from '../extract/html.ts'
import { normalizeUrl } from './frontier.ts'

export type Page = {
  title: string
  format: 'markdown' | 'text'
  content: string
  /** SHA-256 of title and content. */
  hash: string
  etag: string | undefined
  lastModified: string | undefined
}

export type SkipReason =
  /** 404 or 410. */
  | 'not-found'
  /** 401, a redirect to a login, or a page that is hardly more than a password field. */
  | 'login'
  /** 403: may be a login as well as a guard against robots. */
  | 'forbidden'
  | 'noindex'
  | 'not-a-page'
  | 'too-large'
  | 'empty'
  /** A file that holds no readable text. */
  | 'unreadable'

export type FailureReason = FetchFailureReason | 'server-error' | 'busy' | 'status'

/** `links` and `canonical` (when it is another address) are normalised; `bytes` were received. */
export type PageResult = { bytes: number } & (
  | { kind: 'page'; page: Page; links: string[]; canonical?: string }
  | { kind: 'redirect'; to: string }
  | { kind: 'not-modified' }
  | { kind: 'skipped'; reason: SkipReason; links: string[] }
  | { kind: 'failed'; reason: FailureReason; retryable: boolean; retryAfter?: number }
)

export type PageRequest = {
  url: string
  /** Of the version that is known; unchanged, the site answers without it. */
  etag?: string | undefined
  lastModified?: string | undefined
  signal?: AbortSignal
  readPdf: ReadPdf
}

const TIMEOUT = 15_000
const MAX_HTML = 3 * 1024 * 1024
const MAX_FILE = 10 * 1024 * 1024
const MAX_LINKS = 2_000
/** A page with a password field and less text than this is a door, not a room. */
const MIN_BESIDE_PASSWORD = 800
const LOGIN =
  /\/(?:log-?in|sign-?in|log_?on|sso|auth|authorize|oauth2?|saml|session\/new|users\/sign_in|wp-login\.php)(?:[/?.]|$)/i
const FILE =
  /^(?:application\/pdf|text\/(?:plain|markdown)|application\/vnd\.openxmlformats-officedocument\.wordprocessingml\.document)$/

/** Looks at one address. A redirect is told and not followed, so that its target is judged and counted as a page. */
export async function fetchPage(outbound: Outbound, request: PageRequest): Promise<PageResult> {
  const { url, etag, lastModified, signal } = request
  const headers = {
    accept: 'text/html,application/xhtml+xml,application/pdf;q=0.8,text/markdown;q=0.8,text/plain;q=0.7,*/*;q=0.1',
    ...(etag ? { 'if-none-match': etag } : {}),
    ...(lastModified ? { 'if-modified-since': lastModified } : {}),
  }
  try {
    const answer = await safeFetch(outbound, {
      url,
      headers,
      allowHttp: true,
      timeout: TIMEOUT,
      ...(signal ? { signal } : {}),
    })
    try {
      return judgeStatus(url, answer, outbound.now()) ?? (await readPage(request, answer))
    } finally {
      answer.cancel()
    }
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error
    const { reason, retryable } = error
    if (reason === 'too-large') return { kind: 'skipped', reason, links: [], bytes: MAX_HTML }
    return { kind: 'failed', reason, retryable, bytes: 0 }
  }
}

const leftOut = (reason: SkipReason): PageResult => ({ kind: 'skipped', reason, links: [], bytes: 0 })

/** What the status alone says; undefined when there is a page to read. */
function judgeStatus(url: string, { status, headers }: SafeAnswer, now: number): PageResult | undefined {
  if (status === 304) return { kind: 'not-modified', bytes: 0 }
  if (status >= 300 && status < 400) {
    const to = normalizeUrl(headers.get('location') ?? '', url)
    if (!headers.has('location') || !to) return { kind: 'failed', reason: 'redirect', retryable: false, bytes: 0 }
    return isLogin(to) && !isLogin(url) ? leftOut('login') : { kind: 'redirect', to, bytes: 0 }
  }
  if (status === 401 || status === 407) return leftOut('login')
  if (status === 403) return leftOut('forbidden')
  if (status === 404 || status === 410) return leftOut('not-found')
  if (status === 429 || status === 503) {
    const retryAfter = readRetryAfter(headers.get('retry-after'), now)
    return { kind: 'failed', reason: 'busy', retryable: true, bytes: 0, ...(retryAfter ? { retryAfter } : {}) }
  }
  if (status >= 500 || status === 408) return { kind: 'failed', reason: 'server-error', retryable: true, bytes: 0 }
  return status >= 400 ? { kind: 'failed', reason: 'status', retryable: false, bytes: 0 } : undefined
}

const isLogin = (url: string) => LOGIN.test(new URL(url).pathname)

/** Milliseconds; both forms of RFC 9110. */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  if (!value) return undefined
  const ms = /^\s*\d{1,9}\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return ms > 0 ? ms : undefined
}

async function readPage({ url, readPdf }: PageRequest, answer: SafeAnswer): Promise<PageResult> {
  const [type = '', ...parameters] = (answer.headers.get('content-type') ?? 'text/html').toLowerCase().split(';')
  const contentType = type.trim()
  if (contentType === 'text/html' || contentType === 'application/xhtml+xml') {
    const charset = parameters.map((part) => /^\s*charset\s*=\s*"?([\w:.-]+)/.exec(part)?.[1]).find(Boolean)
    return readHtmlPage(url, answer, await answer.read(MAX_HTML), charset)
  }
  if (FILE.test(contentType)) return readFilePage(url, answer, await answer.read(MAX_FILE), contentType, readPdf)
  return { kind: 'skipped', reason: 'not-a-page', links: [], bytes: 0 }
}

async function readHtmlPage(
  url: string,
  answer: SafeAnswer,
  body: Uint8Array,
  charset: string | undefined,
): Promise<PageResult> {
  const bytes = body.length
  const html = await readHtml(body, charset).catch((error: unknown) => {
    if (error instanceof ExtractError) return undefined
    throw error
  })
  if (!html) return { kind: 'skipped', reason: 'unreadable', links: [], bytes }
  const base = html.base && URL.canParse(html.base, url) ? new URL(html.base, url).href : url
  const robots = (answer.headers.get('x-robots-tag') ?? '').toLowerCase()
  const mayFollow = !html.nofollow && !/\b(?:nofollow|none)\b/.test(robots)
  const links = mayFollow ? html.links.flatMap((link) => normalizeUrl(link, base) ?? []).slice(0, MAX_LINKS) : []
  const skipped = (reason: SkipReason): PageResult => ({ kind: 'skipped', reason, links, bytes })
  if (html.noindex || /\b(?:noindex|none)\b/.test(robots)) return skipped('noindex')
  const content = html.markdown
  if (content.trim() === '') return skipped('empty')
  if (content.length < MIN_BESIDE_PASSWORD && hasPasswordField(body)) return skipped('login')
  const canonical = html.canonical ? normalizeUrl(html.canonical, base) : undefined
  const page = await toPage(url, answer, { title: html.title, format: 'markdown', content })
  return { kind: 'page', page, links, bytes, ...(canonical && canonical !== url ? { canonical } : {}) }
}

async function readFilePage(
  url: string,
  answer: SafeAnswer,
  body: Uint8Array,
  contentType: string,
  readPdf: ReadPdf,
): Promise<PageResult> {
  const bytes = body.length
  const name = decodeURIComponentSafely(new URL(url).pathname.split('/').at(-1) ?? '')
  try {
    return {
      kind: 'page',
      page: await toPage(url, answer, await extract(body, { name, contentType }, readPdf)),
      links: [],
      bytes,
    }
  } catch (error) {
    if (!(error instanceof ExtractError)) throw error
    return { kind: 'skipped', reason: error.code === 'EMPTY' ? 'empty' : 'unreadable', links: [], bytes }
  }
}

async function toPage(
  url: string,
  { headers }: SafeAnswer,
  read: Pick<Extracted, 'title' | 'format' | 'content'>,
): Promise<Page> {
  const title = read.title.trim() || new URL(url).pathname
  return {
    title,
    format: read.format,
    content: read.content,
    hash: toHex(await crypto.subtle.digest('SHA-256', utf8(`${title}\n${read.content}`))),
    etag: headers.get('etag')?.slice(0, 500) ?? undefined,
    lastModified: headers.get('last-modified')?.slice(0, 100) ?? undefined,
  }
}

/** Bytes are enough: the names in a tag are ASCII in every charset of the web. */
function hasPasswordField(body: Uint8Array): boolean {
  return /\btype\s{0,5}=\s{0,5}["']?password/i.test(new TextDecoder('latin1').decode(body))
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
