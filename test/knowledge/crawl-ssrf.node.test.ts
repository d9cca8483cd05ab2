import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Started } from '../../src/knowledge/sync/source.ts'
import { Crawled } from '../support/crawled.ts'
import { closeNow, listen } from '../support/local-http.ts'
import { spellingsOf, URL_VECTORS } from '../support/ssrf-vectors.ts'
import { Workerd } from '../support/workerd.ts'

// S6 of the scoreboard: wherever an address can come from, a server that is not the customer's site is not reached.

const canaryHits: string[] = []
const canary = createServer((req, res) => {
  canaryHits.push(req.url ?? '')
  res.end('<p>secret</p>')
})
/** A site whose every answer tries to send the crawler to the canary. */
const hostile = createServer((req, res) => {
  const { pathname } = new URL(req.url ?? '/', origin)
  const [, kind, number] = /^\/(r|b)\/(\d+)$/.exec(pathname) ?? []
  const target = targets[Number(number)] ?? ''
  if (pathname === '/robots.txt') {
    const sitemaps = targets.filter(isAscii).map((url) => `Sitemap: ${url}`)
    return void res.end(`User-agent: *\nAllow: /\n${sitemaps.join('\n')}\nSitemap: ${origin}/sitemap.xml\n`)
  }
  if (pathname === '/sitemap.xml') {
    const locations = targets.map((url) => `<url><loc>${url.replaceAll('&', '&amp;')}</loc></url>`)
    return void res.end(`<urlset>${locations.join('')}</urlset>`)
  }
  // Bytes of a header: what is outside ASCII goes as UTF-8, as a careless server would send it.
  if (kind === 'r') {
    return void res
      .writeHead(302, { location: Buffer.from(target.replaceAll(/[\r\n\0]/g, '')).toString('latin1') })
      .end()
  }
  const links = targets
    .flatMap((url, i) => [url, `${origin}/r/${i}`, `/b/${i}`])
    .map((url) => `<a href="${url}">to</a>`)
  const head = kind === 'b' ? `<base href="${target}"><link rel="canonical" href="${target}canonical">` : ''
  const body = `<p>Page ${pathname} of a hostile site.</p><a href="relative">to</a>`
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  res.end(`<title>${pathname}</title>${head}${body}${pathname === '/' ? links.join('') : ''}`)
})
const isAscii = (url: string) => /^[\u0021-\u007e]+$/.test(url)

let origin = ''
let targets: string[] = []
let worker: Workerd

beforeAll(async () => {
  const port = await listen(canary)
  origin = `http://127.0.0.1:${await listen(hostile)}`
  targets = [...spellingsOf(port), ...spellingsOf(port, 'https')]
  worker = await Workerd.start({ workerDir: inject('workerDir'), vars: { ALLOW_LOOPBACK_URLS: origin } })
})
afterAll(async () => {
  await worker.close()
  await closeNow(hostile)
  await closeNow(canary)
})

test('the canary would be heard', async () => {
  await fetch(targets[0] ?? '')
  expect(canaryHits.splice(0)).toEqual(['/'])
})

test('no crawl starts at an address that may not be called', async () => {
  const denied = URL_VECTORS.filter(({ decision }) => decision === 'deny').map(({ url }) => url)
  for (const url of [...denied, ...targets]) {
    const crawl = new Crawled(() => worker, 'agt_denied')
    const started: Started = await crawl.start({ url })
    expect(started, url).toMatchObject({ started: false, reason: 'refused-url' })
  }
  expect(canaryHits).toEqual([])
})

test('links, base, canonical, redirects, robots.txt and sitemaps lead nowhere else', { timeout: 60_000 }, async () => {
  const crawl = new Crawled(() => worker, 'agt_hostile')
  expect(await crawl.start({ url: `${origin}/`, maxPages: 500 })).toMatchObject({ started: true })
  const { requests } = await crawl.ended()
  expect(requests).toBeGreaterThan(targets.length)
  expect(canaryHits).toEqual([])
  expect((await crawl.pages()).every(({ url }) => url.startsWith(`${origin}/`))).toBe(true)
  expect((await crawl.indexed()).every((url) => url.startsWith(`${origin}/`))).toBe(true)
})

test('the setting alone does not open this machine: the Worker must be served on it as well', async () => {
  const crawl = new Crawled(() => worker, 'agt_production')
  const request = { ...crawl.owner, servedOn: 'https://app.customer.com', site: { url: `${origin}/` } }
  expect(await crawl.call('start', request)).toMatchObject({
    started: false,
    reason: 'refused-url',
  })
})
