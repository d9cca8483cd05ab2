import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeLink, matchesPath, normalizeUrl, type Scope } from '../../src/knowledge/crawl/frontier.ts'
import { readRetryAfter } from '../../src/knowledge/crawl/page.ts'
import { SOON, timeOf } from '../support/soon.ts'

const SITE = 'https://docs.customer.com'

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

test('Retry-After is seconds or a date', () => {
  const now = Date.UTC(2026, 0, 1)
  expect(readRetryAfter('120', now)).toBe(120_000)
  expect(readRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000)
  for (const value of [null, '', '-5', '0', 'soon', 'Thu, 01 Jan 2025 00:01:00 GMT'])
    expect(readRetryAfter(value, now)).toBeUndefined()
})
