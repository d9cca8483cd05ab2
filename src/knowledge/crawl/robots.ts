import robotsParser from 'robots-parser'

/** The name that robots.txt files address us by; the version does not matter to them. */
export const BOT_NAME = 'FlexyAgentsBot'

/** Characters that are read; what comes after them does not count (RFC 9309, 2.5). */
export const MAX_ROBOTS = 500 * 1024
/** Rules with `*` cost their length times the length of every path, so a site may have only so many of them. */
const MAX_WILDCARD_CHARACTERS = 8_192
const MAX_RULES = 5_000
const MAX_DELAY = 10_000
const MAX_SITEMAPS = 50

export type Robots = {
  allows: (url: string) => boolean
  /** Milliseconds between two requests, if the site asks for a pause. At most 10 seconds. */
  delay: number
  sitemaps: string[]
}

/** Reads a robots.txt (RFC 9309): the group for our bot, or else the one for `*`. */
export function readRobots(url: string, text: string): Robots {
  const parsed = robotsParser(url, tame(text.replace(/^\ufeff/, '').slice(0, MAX_ROBOTS)))
  const delay = parsed.getCrawlDelay(BOT_NAME) ?? 0
  return {
    // Undefined is told for addresses of other origins, which this file says nothing about.
    allows: (address) => parsed.isAllowed(address, BOT_NAME) ?? true,
    delay: Number.isFinite(delay) && delay > 0 ? Math.min(delay * 1_000, MAX_DELAY) : 0,
    sitemaps: [...new Set(parsed.getSitemaps())]
      .filter((sitemap) => URL.canParse(sitemap, url))
      .map((sitemap) => new URL(sitemap, url).href)
      .slice(0, MAX_SITEMAPS),
  }
}

/** What a file that could not be read means (RFC 9309, 2.3.1): absent allows everything, broken allows nothing. */
export function robotsVerdict(status: number): 'read' | 'allow' | 'wait' {
  if (status >= 200 && status < 300) return 'read'
  return status === 429 || status >= 500 ? 'wait' : 'allow'
}

/** Beyond the limit a rule that forbids is cut at its first `*`, so that it forbids more, and one that allows falls. */
function tame(text: string): string {
  let left = MAX_WILDCARD_CHARACTERS
  let rules = 0
  const lines: string[] = []
  for (const line of text.split(/\r\n|\r|\n/)) {
    const rule = /^\s*(allow|disallow)\s*:([^#]*)/i.exec(line)
    const pattern = rule?.[2]?.trim() ?? ''
    if (rule && ++rules > MAX_RULES) continue
    const star = pattern.indexOf('*')
    if (star === -1) {
      lines.push(line)
    } else if (pattern.length <= left) {
      left -= pattern.length
      // Several stars in a row say no more than one.
      lines.push(`${rule?.[1]}: ${pattern.replace(/\*{2,}/g, '*')}`)
    } else if (rule?.[1]?.toLowerCase() === 'disallow') {
      lines.push(`disallow: ${pattern.slice(0, star) || '/'}`)
    }
  }
  return lines.join('\n')
}
