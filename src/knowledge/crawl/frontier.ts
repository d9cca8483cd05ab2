// Which addresses a crawl looks at: one spelling per page, only the customer's site, and no endless mazes.

/** Parameters that say where a visitor came from or who he is, and never what is shown. */
const TRACKING =
  /^(?:utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|igshid|mc_[ce]id|_ga|_gl|_hs\w+|mkt_tok|vero_id|oly_\w+|phpsessid|jsessionid|aspsessionid\w*)$/i
/** What is no page, told by its ending; anything else is told by its content type. */
const NO_PAGE =
  /\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|map|json|wasm|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|ogg|wav|avi|mov|mkv|zip|gz|tgz|bz2|xz|7z|rar|tar|dmg|exe|msi|deb|rpm|apk|iso|jar|bin|rss|atom)$/i
/** What is longer is a maze or a state of some program, and would make every rule of a robots.txt expensive. */
const MAX_URL = 1_000
const MAX_SEGMENTS = 20

export type Scope = {
  /** Hosts (with port) that count as the site. */
  hosts: readonly string[]
  /** Path patterns; with none every path is included. */
  include: readonly string[]
  exclude: readonly string[]
  maxDepth: number
}

export type OutOfScope = 'other-site' | 'path' | 'too-deep' | 'not-a-page' | 'maze'

/**
 * The one spelling of a page's address, or undefined for what is no web address. The order of parameters stays as the
 * site wrote it: the site gets exactly what it linked to, and a page under two orders is found by its content.
 */
export function normalizeUrl(link: string, base?: string): string | undefined {
  if (link.length > MAX_URL || !URL.canParse(link, base)) return undefined
  const url = new URL(link, base)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  url.hash = ''
  url.username = ''
  url.password = ''
  url.hostname = url.hostname.replace(/\.$/, '')
  url.pathname = normalizePath(url.pathname)
  // An empty query loses its question mark as well.
  url.search = normalizeQuery(url.search)
  return url.href.length > MAX_URL ? undefined : url.href
}

function normalizePath(path: string): string {
  return path
    .replace(/;jsessionid=[^/;]*/gi, '')
    .replace(/%[0-9a-f]{2}/gi, (code) => {
      const letter = String.fromCharCode(parseInt(code.slice(1), 16))
      return /[\w.~-]/.test(letter) ? letter : code.toUpperCase()
    })
    .replace(/\/{2,}/g, '/')
}

function normalizeQuery(search: string): string {
  const kept = search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !TRACKING.test(part.split('=', 1)[0] ?? ''))
  return kept.length > 0 ? `?${kept.join('&')}` : ''
}

/** Why an address (already normalised) is not looked at; undefined when it is. */
export function judgeLink(address: string, depth: number, scope: Scope): OutOfScope | undefined {
  const url = new URL(address)
  if (!scope.hosts.some((host) => sameSite(host, url.host))) return 'other-site'
  if (NO_PAGE.test(url.pathname)) return 'not-a-page'
  if (isMaze(url.pathname)) return 'maze'
  if (depth > scope.maxDepth) return 'too-deep'
  const path = url.pathname + url.search
  const isIncluded = scope.include.length === 0 || scope.include.some((pattern) => matchesPath(path, pattern))
  return isIncluded && !scope.exclude.some((pattern) => matchesPath(path, pattern)) ? undefined : 'path'
}

/** `www.example.com` and `example.com` are one site; other subdomains are not. */
function sameSite(a: string, b: string): boolean {
  return a.replace(/^www\./, '') === b.replace(/^www\./, '')
}

/** A relative link that a site resolves wrongly makes paths such as /a/b/a/b/a/b without end. */
function isMaze(path: string): boolean {
  const segments = path.split('/').filter(Boolean)
  if (segments.length > MAX_SEGMENTS) return true
  const counts = new Map<string, number>()
  for (const segment of segments) counts.set(segment, (counts.get(segment) ?? 0) + 1)
  return [...counts.values()].some((count) => count > 3)
}

/**
 * `*` stands for any characters, at the end included by itself: `/docs` is that page and all below it, `/docs/*` only
 * what is below, `*?print=1` every print view. Walks both texts once back and forth: no regular expression, no blow-up.
 */
export function matchesPath(path: string, pattern: string): boolean {
  if (!pattern.includes('*')) {
    const folder = pattern.replace(/\/$/, '')
    return path === pattern || path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}?`)
  }
  const pieces = pattern.split('*')
  const last = pieces.pop() ?? ''
  const first = pieces.shift() ?? ''
  if (!path.startsWith(first) || !path.endsWith(last)) return false
  let at = first.length
  for (const piece of pieces) {
    const found = path.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return at <= path.length - last.length
}
