import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeLink, matchesPath, normalizeUrl, type Scope } from '../../src/knowledge/crawl/frontier.ts'
import { readRetryAfter } from '../../src/knowledge/crawl/page.ts'
import { readRobots, robotsVerdict } from '../../src/knowledge/crawl/robots.ts'
import { readSitemap } from '../../src/knowledge/crawl/sitemap.ts'

const SITE = 'https://docs.customer.com'
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** S15: whatever a site sends, reading it takes no longer than this many milliseconds. */
const SOON = 50
function timeOf(work: () => unknown): number {
  // The second time: what is measured is the algorithm, not the compiler.
  work()
  const start = performance.now()
  work()
  return performance.now() - start
}

describe('one spelling per page', () => {
  test.for([
    ['/a#part', '/a'],
    ['/a?utm_source=x&b=1&gclid=2&a=', '/a?b=1&a='],
    ['/a?utm_medium=mail', '/a'],
    ['/a?', '/a'],
    ['https://DOCS.customer.com:443/a', '/a'],
    ['https://docs.customer.com./a', '/a'],
    ['/%7euser/%2fx/%c3%bc', '/~user/%2Fx/%C3%BC'],
    ['/a//b///c', '/a/b/c'],
    ['/a/../b/./c', '/b/c'],
    ['/a;jsessionid=1F?x=1', '/a?x=1'],
    ['?page=2', '/base/?page=2'],
    ['https://u:p@docs.customer.com/a', '/a'],
  ])('%s', ([link, path]) => {
    expect(normalizeUrl(link ?? '', `${SITE}/base/`)).toBe(SITE + path)
  })

  test.for([
    'mailto:a@b.de',
    'javascript:void(0)',
    'tel:1',
    'data:text/html,x',
    'ftp://a.de/',
    `/${'a'.repeat(3_000)}`,
    'https://',
  ])('%s is no page', (link) => expect(normalizeUrl(link, SITE)).toBeUndefined())

  test('property: it is its own spelling', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
        const once = normalizeUrl(url)
        if (once) expect(normalizeUrl(once)).toBe(once)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('the scope', () => {
  const scope: Scope = { hosts: ['docs.customer.com'], include: [], exclude: [], maxDepth: 3 }

  test.for([
    ['https://docs.customer.com/a', 1, undefined],
    ['https://www.docs.customer.com/a', 1, undefined],
    ['https://customer.com/a', 1, 'other-site'],
    ['https://docs.customer.com:8443/a', 1, 'other-site'],
    ['https://docs.customer.com.evil.com/a', 1, 'other-site'],
    ['https://docs.customer.com/a.png', 1, 'not-a-page'],
    ['https://docs.customer.com/a.pdf', 1, undefined],
    ['https://docs.customer.com/a', 4, 'too-deep'],
    ['https://docs.customer.com/a/b/a/b/a/b/a', 1, 'maze'],
    [`https://docs.customer.com${'/x1/y2'.repeat(11)}`, 1, 'maze'],
  ] as const)('%s at depth %d: %s', ([url, depth, reason]) => {
    expect(judgeLink(url, depth, scope)).toBe(reason)
  })

  test.for([
    ['/docs', '/docs', true],
    ['/docs/', '/docs', true],
    ['/docs/a', '/docs', true],
    ['/docs?x', '/docs', true],
    ['/docsearch', '/docs', false],
    ['/docs', '/docs/*', false],
    ['/docs/a', '/docs/*', true],
    ['/en/docs/a', '/*/docs/*', true],
    ['/a?print=1', '*?print=1', true],
    ['/a?print=11', '*?print=1', false],
    ['/ab', '/a*b*b', false],
    ['/abab', '/a*b*b', true],
    ['/anything', '*', true],
  ] as const)('%s under %s: %s', ([path, pattern, matches]) => {
    expect(matchesPath(path, pattern)).toBe(matches)
  })

  test('property: patterns agree with a regular expression, and stay quick where that one does not', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 10 })
    fc.assert(
      fc.property(piece, piece, (path, pattern) => {
        fc.pre(pattern.includes('*') && !path.includes('*'))
        const expected = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`).test(path)
        expect(matchesPath(path, pattern), `${path} ${pattern}`).toBe(expected)
      }),
      { numRuns: 5_000 },
    )
    expect(timeOf(() => matchesPath('a'.repeat(2_000), `${'*a'.repeat(100)}b`))).toBeLessThan(SOON)
  })
})

describe('robots.txt', () => {
  const robots = (text: string) => readRobots(`${SITE}/robots.txt`, text)

  test('our group counts, or else that for all', () => {
    const both = robots(
      '\ufeffUser-agent: *\nDisallow: /\n\nUser-agent: flexyagentsbot\nDisallow: /no\nCrawl-delay: 2\n',
    )
    expect(both.allows(`${SITE}/yes`)).toBe(true)
    expect(both.allows(`${SITE}/no/page`)).toBe(false)
    expect(both.delay).toBe(2_000)
    expect(robots('User-agent: *\nDisallow: /\nAllow: /docs\n').allows(`${SITE}/docs/a`)).toBe(true)
    expect(robots('User-agent: *\nDisallow: /*.pdf$').allows(`${SITE}/a.pdf`)).toBe(false)
    expect(robots('').allows(`${SITE}/`)).toBe(true)
  })

  test('a delay is capped, nonsense is none, sitemaps are absolute', () => {
    expect(robots('User-agent: *\nCrawl-delay: 3600').delay).toBe(10_000)
    for (const delay of ['-1', 'x', 'Infinity', ''])
      expect(robots(`User-agent: *\nCrawl-delay: ${delay}`).delay).toBe(0)
    expect(robots('Sitemap: /s.xml\nSitemap: https://cdn.customer.com/t.xml').sitemaps).toEqual([
      `${SITE}/s.xml`,
      'https://cdn.customer.com/t.xml',
    ])
  })

  test('absent allows, broken waits', () => {
    expect([200, 404, 403, 401, 410, 429, 500, 503].map(robotsVerdict)).toEqual([
      ...['read', 'allow', 'allow', 'allow', 'allow', 'wait', 'wait', 'wait'],
    ])
  })

  test('too many wildcards forbid more, not less', () => {
    const rules = Array.from({ length: 3_000 }, (_, i) => `Disallow: /area${i}/*/private`).join('\n')
    const many = robots(`User-agent: *\n${rules}`)
    expect(many.allows(`${SITE}/area1/x/public`)).toBe(true)
    expect(many.allows(`${SITE}/area1/x/private`)).toBe(false)
    expect(many.allows(`${SITE}/area2999/x/private`)).toBe(false)
    expect(many.allows(`${SITE}/area2999/x/public`)).toBe(false)
  })

  test('S15: hostile files are read in time', () => {
    const path = `${SITE}/${'a'.repeat(970)}`
    const files = [
      `User-agent: *\nDisallow: /${'*a'.repeat(250_000)}`,
      `User-agent: *\n${`Disallow: /${'*a'.repeat(30)}b\n`.repeat(8_000)}`,
      `User-agent: *\n${`Disallow: /${'a'.repeat(500)}b\n`.repeat(1_000)}`,
      'User-agent: *\n'.repeat(35_000) + 'Disallow: /x',
      ':'.repeat(500_000),
      '\n'.repeat(500_000),
      `User-agent: *\nDisallow: /${'%'.repeat(500_000)}`,
    ]
    for (const file of files) {
      const parsed = robots(file)
      expect(
        timeOf(() => robots(file)),
        file.slice(0, 40),
      ).toBeLessThan(4 * SOON)
      expect(
        timeOf(() => parsed.allows(path)),
        file.slice(0, 40),
      ).toBeLessThan(2 * SOON)
    }
  })
})

describe('a sitemap', () => {
  const read = (text: string) => readSitemap(bytesOf(text))
  const urlset = (inner: string) => `<?xml version="1.0"?><urlset xmlns="x">${inner}</urlset>`

  test('of pages, of sitemaps, of lines, gzipped', () => {
    const entry = '<url><loc> https://a.de/?a=1&amp;b=&#50; </loc><lastmod>2026-01-02</lastmod></url>'
    const page = { url: 'https://a.de/?a=1&b=2', lastModified: '2026-01-02T00:00:00.000Z' }
    expect(read(urlset(entry))).toEqual({ pages: [page], sitemaps: [] })
    expect(readSitemap(gzipSync(urlset(entry)))).toEqual({ pages: [page], sitemaps: [] })
    const index = '<sitemapindex><sitemap><loc><![CDATA[https://a.de/s.xml]]></loc></sitemap></sitemapindex>'
    expect(read(index)).toEqual({ pages: [], sitemaps: [{ url: 'https://a.de/s.xml' }] })
    expect(read('https://a.de/1\r\nnonsense\nhttps://a.de/2').pages.map(({ url }) => url)).toEqual([
      'https://a.de/1',
      'https://a.de/2',
    ])
    expect(read('<html><body>Not found</body></html>')).toEqual({ pages: [], sitemaps: [] })
    expect(read('')).toEqual({ pages: [], sitemaps: [] })
  })

  test('image locations are no pages; what is broken is left out', () => {
    const inner =
      '<url><loc>https://a.de/</loc><image:loc>https://a.de/i.png</image:loc></url><url><loc>no url</loc></url><url><loc>https://a.de/end'
    expect(read(urlset(inner)).pages).toEqual([{ url: 'https://a.de/' }])
  })

  test('entities of the file itself mean nothing', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    expect(read(`${bomb}${urlset('<url><loc>https://a.de/&a;</loc></url>')}`).pages).toEqual([
      { url: 'https://a.de/&a;' },
    ])
  })

  test('has at most 50,000 pages and ten megabytes', () => {
    expect(read(urlset('<url><loc>https://a.de/</loc></url>'.repeat(60_000))).pages.length).toBe(50_000)
    const bomb = gzipSync(
      `${urlset('').slice(0, -9)}${' '.repeat(80_000_000)}<url><loc>https://a.de/</loc></url></urlset>`,
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect(readSitemap(bomb).pages).toEqual([])
    // Ten megabytes are unpacked, not eighty.
    expect(timeOf(() => readSitemap(bomb))).toBeLessThan(1_000)
    expect(readSitemap(gzipSync(urlset('')).subarray(0, 20))).toEqual({ pages: [], sitemaps: [] })
  })

  test('S15: hostile files are read in time', () => {
    const files = [
      '<loc>',
      '<loc ',
      '<url><loc>',
      '</loc>',
      '<loc></loc><lastmod>',
      '<loc>&#',
      '<![CDATA[',
      '<lastmod',
      '<',
    ].map((piece) => urlset(piece.repeat(Math.floor(1_000_000 / piece.length))))
    for (const file of files)
      expect(
        timeOf(() => read(file)),
        file.slice(40, 60),
      ).toBeLessThan(4 * SOON)
    for (const file of files)
      expect(
        timeOf(() => read(file.slice(0, 250_000))),
        file.slice(40, 60),
      ).toBeLessThan(SOON)
  })

  test('property: no bytes make it throw', () => {
    const piece = fc.constantFrom(
      '<urlset>',
      '<url>',
      '<loc>',
      '</loc>',
      'https://a.de/',
      '&amp;',
      '&#x110000;',
      '<lastmod>',
      '9',
      '\u0000',
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => void read(`<urlset>${pieces.join('')}`)),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void readSitemap(bytes)),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        (bytes) => void readSitemap(Uint8Array.from([0x1f, 0x8b, 8, 0, ...bytes])),
      ),
    )
  })
})

test('Retry-After is seconds or a date', () => {
  const now = Date.UTC(2026, 0, 1)
  expect(readRetryAfter('120', now)).toBe(120_000)
  expect(readRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000)
  for (const value of [null, '', '-5', '0', 'soon', 'Thu, 01 Jan 2025 00:01:00 GMT'])
    expect(readRetryAfter(value, now)).toBeUndefined()
})
