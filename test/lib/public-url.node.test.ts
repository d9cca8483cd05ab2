import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPublicAddress, judgeUrl } from '../../src/lib/public-url.ts'
import { ADDRESS_VECTORS, OWN_HOSTS, spellingsOf, URL_VECTORS } from '../support/ssrf-vectors.ts'

const policy = { ownHosts: OWN_HOSTS }
const isAllowed = (url: string) => 'url' in judgeUrl(url, { ...policy, allowHttp: true })

describe('the text of a URL', () => {
  test.for(URL_VECTORS.map((vector) => [vector.url.slice(0, 60), vector] as const))('%s', ([, vector]) => {
    const judged = judgeUrl(vector.url, policy)
    expect('refused' in judged ? judged.refused : undefined).toBe(vector.reason)
    expect('url' in judged ? 'allow' : 'deny').toBe(vector.decision)
  })

  test.for([
    ['https://user@customer.com/', 'userinfo'],
    ['https://customer.com\\@127.0.0.1/', 'characters'],
    ['https://customer.com:8080/', 'port'],
    ['http://customer.com/', 'scheme'],
    ['data:text/html,hi', 'scheme'],
    ['https://app.flexy.test-host.com/', 'own-host'],
    ['https://APP.flexy.test-host.com./', 'own-host'],
    ['https://a.b.flexy-usercontent.com/', 'own-host'],
    ['https://hooks.customer.com/\u200b', 'characters'],
    ['https://metadata.google.internal/', 'special-tld'],
    ['', 'parse'],
  ] as const)('%s is refused: %s', ([url, reason]) => {
    expect(judgeUrl(url, policy)).toEqual({ refused: reason })
  })

  test('an at sign in the path or the query is nobody', () => {
    for (const url of ['https://customer.com/@docs/page', 'https://customer.com?mail=a@b.de', 'https://x.host/#@']) {
      expect(judgeUrl(url, policy)).toHaveProperty('url')
    }
  })

  test('every spelling of this machine is refused, over http too', () => {
    for (const scheme of ['http', 'https'])
      for (const url of spellingsOf(8080, scheme)) expect(isAllowed(url), url).toBe(false)
  })

  test('property: no address passes, however it is written', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const writings = [
      (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.'),
      (n: number) => String(n),
      (n: number) => `0x${n.toString(16)}`,
      (n: number) => `0${n.toString(8)}`,
      (n: number) => `${n >>> 24}.${n & 0xffffff}`,
      (n: number) => `0x${(n >>> 24).toString(16)}.0${((n >>> 16) & 255).toString(8)}.${n & 65535}`,
      (n: number) => `[::ffff:${(n >>> 16).toString(16)}:${(n & 65535).toString(16)}]`,
    ]
    const address = fc.tuple(byte, byte, byte, byte).map(([a, b, c, d]) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
    fc.assert(
      fc.property(address, fc.constantFrom(...writings), fc.constantFrom('', '.'), (n, write, dot) => {
        const host = write(n) + (write(n).startsWith('[') ? '' : dot)
        expect(isAllowed(`https://${host}/`), host).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('property: what passes is what the platform will call, on a public name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ validSchemes: ['https'] }), fc.string(), fc.webAuthority()), (text) => {
        const judged = judgeUrl(text, policy)
        if ('refused' in judged) return
        const { url } = judged
        expect(url.href).toBe(new URL(text).href)
        expect(url.hostname).toMatch(/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?$/)
        expect(`${url.username}${url.password}`).toBe('')
        expect(judgeUrl(url.href, policy)).toHaveProperty('url')
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the address of a name', () => {
  test.for(ADDRESS_VECTORS.map(({ ip, decision }) => [ip, decision] as const))('%s: %s', ([ip, decision]) => {
    expect(isPublicAddress(ip)).toBe(decision === 'allow')
  })

  test('property: nothing in the denied ranges passes, in the clothes of version 6 neither', () => {
    const ranges =
      `0/8 10/8 100.64/10 127/8 169.254/16 172.16/12 192.0.0/24 192.0.2/24 192.88.99/24 192.168/16 198.18/15
      198.51.100/24 203.0.113/24 224/4 240/4 168.63.129.16/32`.split(/\s+/)
    const numbers = ranges.map((range) => {
      const [base = '', bits = '32'] = range.split('/')
      const start = base.split('.').reduce((sum, part, i) => sum + Number(part) * 2 ** (24 - 8 * i), 0)
      return fc.integer({ min: start, max: start + 2 ** (32 - Number(bits)) - 1 })
    })
    fc.assert(
      fc.property(fc.oneof(...numbers), (n) => {
        const dotted = [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.')
        expect(isPublicAddress(dotted), dotted).toBe(false)
        expect(isPublicAddress(`::ffff:${dotted}`), dotted).toBe(false)
        expect(isPublicAddress(`64:ff9b::${dotted}`), dotted).toBe(false)
      }),
      { numRuns: 3_000 },
    )
  })

  test('property: of version 6 only 2000::/3 passes', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const first = parseInt(address.split(':')[0] || '0', 16)
        if (first < 0x2000 || first > 0x3fff) {
          const v4 = /^(?:0{0,4}:){0,5}:?ffff:/i.test(address)
          if (!v4) expect(isPublicAddress(address), address).toBe(false)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
