import { Gunzip } from 'fflate'
import { concatBytes } from '../../lib/bytes.ts'

export const MAX_SITEMAP_BYTES = 10 * 1024 * 1024
/** The protocol's own limit (sitemaps.org). */
const MAX_ENTRIES = 50_000
const MAX_LOCATION = 2_048

export type SitemapEntry = { url: string; lastModified?: string }
export type Sitemap = {
  /** Pages of a urlset. */
  pages: SitemapEntry[]
  /** Further sitemaps of an index. */
  sitemaps: SitemapEntry[]
}

/** Reads a urlset, an index or a list of addresses line by line, gzipped or not. What is none of them is empty. */
export function readSitemap(bytes: Uint8Array): Sitemap {
  const text = new TextDecoder().decode(isGzip(bytes) ? gunzipCapped(bytes) : bytes.subarray(0, MAX_SITEMAP_BYTES))
  if (!text.includes('<')) return { pages: readLines(text), sitemaps: [] }
  const root = /<(?:\w+:)?(urlset|sitemapindex)[\s>]/.exec(text.slice(0, 100_000))?.[1]
  const entries = root ? readEntries(text) : []
  return root === 'sitemapindex' ? { pages: [], sitemaps: entries } : { pages: entries, sitemaps: [] }
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b

/** What fits the limit; a file that unpacks to more is cut there, and a broken one ends where it breaks. */
function gunzipCapped(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  const got = { size: 0 }
  const gunzip = new Gunzip((chunk) => {
    if (got.size < MAX_SITEMAP_BYTES) chunks.push(chunk.subarray(0, MAX_SITEMAP_BYTES - got.size))
    got.size += chunk.length
  })
  try {
    // In small bites, so that a bomb is left alone as soon as the limit is reached.
    const bite = 16_384
    for (let at = 0; at < bytes.length && got.size < MAX_SITEMAP_BYTES; at += bite) {
      gunzip.push(bytes.subarray(at, at + bite), at + bite >= bytes.length)
    }
  } catch {
    // What came out before the damage is as good as the rest of the file.
  }
  return concatBytes(chunks)
}

/**
 * Walks from `<loc>` to `<loc>`, every character at most a few times. No XML parser: entities that the file declares
 * are never expanded, and nothing outside is fetched.
 */
function readEntries(text: string): SitemapEntry[] {
  const entries: SitemapEntry[] = []
  let at = nextTag(text, 'loc', 0)
  while (at && entries.length < MAX_ENTRIES) {
    const close = text.indexOf('</loc', at.end)
    if (close === -1) break
    const next = nextTag(text, 'loc', close)
    const url = close - at.end <= 2 * MAX_LOCATION ? readText(text.slice(at.end, close)) : ''
    if (URL.canParse(url) && url.length <= MAX_LOCATION) {
      const lastModified = readLastModified(text.slice(close, next?.start ?? close + 4_096))
      entries.push({ url, ...(lastModified ? { lastModified } : {}) })
    }
    at = next
  }
  return entries
}

function nextTag(text: string, name: string, from: number): { start: number; end: number } | undefined {
  for (let start = from; ; start++) {
    start = text.indexOf(`<${name}`, start)
    if (start === -1) return undefined
    const after = text.charAt(start + name.length + 1)
    if (after === '>') return { start, end: start + name.length + 2 }
    if (!/\s/.test(after)) continue
    const end = text.indexOf('>', start)
    return end === -1 ? undefined : { start, end: end + 1 }
  }
}

function readLastModified(between: string): string | undefined {
  const tag = nextTag(between, 'lastmod', 0)
  const close = tag ? between.indexOf('</lastmod', tag.end) : -1
  if (!tag || close === -1 || close - tag.end > 100) return undefined
  const time = Date.parse(readText(between.slice(tag.end, close)))
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function readText(raw: string): string {
  const text = raw.trim()
  if (text.startsWith('<![CDATA[')) return text.slice(9, text.endsWith(']]>') ? -3 : undefined).trim()
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi, (whole, decimal, hex, name: string) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : parseInt(String(hex), 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

function readLines(text: string): SitemapEntry[] {
  const lines = text.split(/\r\n|\r|\n/, MAX_ENTRIES).map((line) => line.trim())
  return lines.filter((line) => line.length <= MAX_LOCATION && /^https?:\/\//i.test(line)).map((url) => ({ url }))
}
