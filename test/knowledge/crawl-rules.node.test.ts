import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRobots, robotsVerdict } from '../../src/knowledge/crawl/robots.ts'
import { readSitemap } from '../../src/knowledge/crawl/sitemap.ts'
import { SOON, timeOf } from '../support/soon.ts'

const SITE = 'https://docs.customer.com'
const robots = (text: string) => readRobots(`${SITE}/robots.txt`, text)
const read = (text: string) => readSitemap(new TextEncoder().encode(text))
const urlset = (inner: string) => `<?xml version="1.0"?><urlset xmlns="x">${inner}</urlset>`

describe('robots.txt', () => {
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
      'read',
      'allow',
      'allow',
      'allow',
      'allow',
      'wait',
      'wait',
      'wait',
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
