import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeNext } from '../../src/identity/pages.ts'
import { isSameOrigin } from '../../src/identity/same-origin.ts'
import { sessionCookie } from '../../src/identity/cookie.ts'

const OWN = 'https://app.example.com'

test('a page to go to after signing in is always one of ours', () => {
  expect(safeNext('/agents/agt_1?tab=keys#new')).toBe('/agents/agt_1?tab=keys')
  for (const next of [
    undefined,
    7,
    '',
    'agents',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/%09/evil',
    '/.//evil',
  ]) {
    expect(new URL(safeNext(next), OWN).origin).toBe(OWN)
  }
  expect(safeNext('//evil.example')).toBe('/')
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '@',
    ':',
    'evil.example',
    'https:',
    '\t',
    '\n',
    '%2f',
    '?',
    '#',
    ' ',
    'a',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const target = new URL(safeNext(`/${pieces.join('')}`), `${OWN}/sign-in`)
      expect(target.origin).toBe(OWN)
    }),
    { numRuns: 5_000, seed: 4 },
  )
})

test('in production the cookie has the prefix that ties it to the host, and over plain http there is none', () => {
  expect(sessionCookie(OWN, 'token')).toBe('__Host-sid=token; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure')
  expect(sessionCookie(OWN, undefined)).toBe('__Host-sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure')
  expect(sessionCookie('http://[::1]:8787', 'token')).toMatch(/^sid=token; /)
  expect(() => sessionCookie('http://app.example.com', 'token')).toThrow('https')
})

test('only what our own pages send counts as theirs', () => {
  const is = (method: string, headers: Record<string, string>) =>
    isSameOrigin(new Request(`${OWN}/api/agents`, { method, headers }))
  expect(is('POST', { origin: OWN })).toBe(true)
  expect(is('POST', { origin: OWN, 'sec-fetch-site': 'same-origin' })).toBe(true)
  expect(is('GET', {})).toBe(true)
  expect(is('GET', { 'sec-fetch-site': 'none' })).toBe(true)
  for (const origin of ['http://app.example.com', `${OWN}:8443`, 'https://app.example.com.evil.example', 'null', '']) {
    expect(is('POST', { origin }), origin).toBe(false)
    expect(is('GET', { origin }), origin).toBe(false)
  }
  for (const site of ['cross-site', 'same-site', 'none']) {
    expect(is('POST', { origin: OWN, 'sec-fetch-site': site }), site).toBe(false)
  }
  expect(is('POST', {})).toBe(false)
  expect(is('DELETE', { 'sec-fetch-site': 'same-origin' })).toBe(false)
})
