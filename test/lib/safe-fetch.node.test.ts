import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FetchFailure, type FetchFailureReason } from '../../src/lib/fetch-failure.ts'
import { loopbackOrigins } from '../../src/lib/outbound.ts'
import { safeFetch, type SafeRequest } from '../../src/lib/safe-fetch.ts'
import { closeNow, listen } from '../support/local-http.ts'
import { NamedWorld } from '../support/named-world.ts'
import { ADDRESS_VECTORS, spellingsOf, URL_VECTORS } from '../support/ssrf-vectors.ts'

let world: NamedWorld
beforeEach(() => {
  world = new NamedWorld()
  world.names.set('a.customer.com', ['93.184.215.14', '2606:2800:21f::1'])
  world.names.set('b.customer.com', ['93.184.215.15'])
})

const ask = (request: Partial<SafeRequest>, outbound = world.outbound) =>
  safeFetch(outbound, { url: 'https://a.customer.com/', timeout: 5_000, ...request })

async function failureOf(asked: Promise<unknown>): Promise<FetchFailureReason> {
  const error = await asked.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (!(error instanceof FetchFailure)) throw new Error(`no failure but ${String(error)}`)
  return error.reason
}

describe('names', () => {
  test('a public name is called, and looked up once a minute', async () => {
    expect(new TextDecoder().decode(await (await ask({})).read(10))).toBe('hello')
    await ask({})
    expect(world.lookups).toBe(2)
    world.now += 61_000
    await ask({})
    expect(world.lookups).toBe(4)
  })

  test.for(ADDRESS_VECTORS.filter(({ decision }) => decision === 'deny').map(({ ip }) => ip))(
    'one answer of %s among public ones denies the call',
    async (address) => {
      world.names.set('a.customer.com', ['93.184.215.14', address, '2606:4700::1'])
      expect(await failureOf(ask({}))).toBe('refused-address')
      expect(world.called).toEqual([])
    },
  )

  test('nothing is sent to a name that nobody knows, or that the resolver does not tell', async () => {
    expect(await failureOf(ask({ url: 'https://nowhere.customer.com/' }))).toBe('dns')
    world.resolverStatus = 500
    expect(await failureOf(ask({}))).toBe('dns')
    expect(world.called).toEqual([])
    // What was not answered is not remembered.
    world.resolverStatus = 200
    expect((await ask({})).status).toBe(200)
  })
})

const redirect =
  (to: string, status = 302) =>
  () =>
    new Response(null, { status, headers: { location: to } })
const go = () => ask({ redirects: 5, allowHttp: true })

describe('redirects', () => {
  test('are answers unless they are to be followed', async () => {
    world.answers.set('https://a.customer.com/', redirect('https://b.customer.com/'))
    expect((await ask({})).status).toBe(302)
    expect((await ask({ method: 'POST', redirects: 5, body: '{}' })).status).toBe(302)
    expect(world.called.length).toBe(2)
    expect((await go()).url).toBe('https://b.customer.com/')
  })

  test('take no secret to another host', async () => {
    world.answers.set('https://a.customer.com/', redirect('/second'))
    world.answers.set('https://a.customer.com/second', redirect('https://b.customer.com/'))
    await ask({
      redirects: 5,
      headers: { authorization: 'Bearer x', 'x-signature': 's', cookie: 'a=b', accept: 'text/html' },
    })
    const sent = world.called.map(({ headers }) => [...headers.keys()].toSorted())
    const all = ['accept', 'authorization', 'user-agent', 'x-flexy-hop', 'x-signature']
    expect(sent).toEqual([all, all, ['accept', 'user-agent', 'x-flexy-hop']])
    expect(world.called[0]?.headers.get('user-agent')).toMatch(/^FlexyAgentsBot\//)
  })

  test('end after five', async () => {
    world.answers.set('https://a.customer.com/', redirect('https://a.customer.com/'))
    expect(await failureOf(go())).toBe('redirect')
    expect(world.called.length).toBe(6)
    world.answers.set('https://a.customer.com/', () => new Response(null, { status: 301 }))
    expect(await failureOf(go())).toBe('redirect')
  })

  test('to what may not be called are not followed: every vector, every spelling of this machine', async () => {
    const denied = [
      ...URL_VECTORS.filter(({ decision, reason }) => decision === 'deny' && reason !== 'characters').map(
        ({ url }) => url,
      ),
      ...spellingsOf(8080),
      'https://169.254.169.254/latest/meta-data/',
      'https://app.flexy.com/api',
    ]
      .filter((url) => !/[^\u0020-\u007e]/.test(url))
      // Without slashes it is a path of the same server.
      .filter((url) => URL.canParse(url) && !new URL(url, 'https://a.customer.com/').hostname.startsWith('a.'))
    for (const to of denied) {
      world.called.length = 0
      world.answers.set('https://a.customer.com/', redirect(to))
      expect(['refused-url', 'dns', 'redirect'], to).toContain(await failureOf(go()))
      expect(
        world.called.map(({ url }) => url),
        to,
      ).toEqual(['https://a.customer.com/'])
    }
    expect(denied.length).toBeGreaterThan(60)
  })

  test('count hops for the guard against loops', async () => {
    await ask({ hop: 2 })
    expect(world.called[0]?.headers.get('x-flexy-hop')).toBe('3')
  })
})

describe('loopback', () => {
  const DEV = 'http://127.0.0.1:8787'

  test('is allowed by the setting only where the Worker itself is on a loopback host', () => {
    expect(loopbackOrigins('http://127.0.0.1:9000, http://localhost:3000', DEV)).toEqual([
      'http://127.0.0.1:9000',
      'http://localhost:3000',
    ])
    expect(loopbackOrigins('http://127.0.0.1:9000', 'https://app.flexy.com')).toEqual([])
    expect(loopbackOrigins('http://127.0.0.1:9000', 'https://127.0.0.1.customer.com')).toEqual([])
    expect(loopbackOrigins(undefined, DEV)).toEqual([])
  })

  test.for([
    'true',
    '*',
    'http://10.0.0.1',
    'http://127.0.0.1:80/path',
    'https://customer.com',
    'http://a@localhost:1',
  ])('a setting of %s is an error', (setting) => {
    expect(() => loopbackOrigins(setting, DEV)).toThrow('ALLOW_LOOPBACK_URLS')
    expect(() => loopbackOrigins(setting, 'https://app.flexy.com')).toThrow('ALLOW_LOOPBACK_URLS')
  })

  test('is one origin, not its neighbours, and never the target of a redirect from outside', async () => {
    const outbound = { ...world.outbound, loopback: ['http://127.0.0.1:9000'] }
    expect((await ask({ url: 'http://127.0.0.1:9000/page' }, outbound)).status).toBe(200)
    expect(await failureOf(ask({ url: 'http://127.0.0.1:9001/' }, outbound))).toBe('refused-url')
    expect(await failureOf(ask({ url: 'http://localhost:9000/' }, outbound))).toBe('refused-url')
    expect(await failureOf(ask({ url: 'http://u@127.0.0.1:9000/' }, outbound))).toBe('refused-url')
    world.answers.set('https://a.customer.com/', () => Response.redirect('http://127.0.0.1:9000/page', 302))
    expect(await failureOf(ask({ redirects: 5, allowHttp: true }, outbound))).toBe('refused-url')
  })
})

describe('a real server', () => {
  const server = createServer()
  let origin = ''
  let written = 0
  let closed = 0
  beforeAll(async () => {
    server.on('request', (req, res) => {
      res.once('close', () => closed++)
      if (req.url === '/hang') return
      if (req.url === '/broken') return void req.socket.destroy()
      if (req.url === '/long') return void res.writeHead(200, { 'content-length': '1000000' }).write('x')
      void (async () => {
        res.writeHead(200)
        while (!req.socket.destroyed) {
          const size = req.url === '/drip' ? 1 : 65_536
          written += size
          res.write('x'.repeat(size))
          await sleep(req.url === '/drip' ? 50 : 1)
        }
      })()
    })
    origin = `http://127.0.0.1:${await listen(server)}`
  })
  afterAll(() => closeNow(server))

  const real = () => ({ ...world.outbound, fetch, loopback: [origin] })

  test('that never answers, or never ends, is left after the time', async () => {
    const start = Date.now()
    expect(await failureOf(ask({ url: `${origin}/hang`, timeout: 300 }, real()))).toBe('timeout')
    const drip = await ask({ url: `${origin}/drip`, timeout: 300 }, real())
    expect(await failureOf(drip.read(1_000_000))).toBe('timeout')
    expect(Date.now() - start).toBeLessThan(2_000)
  })

  test('that sends too much is cut off, by what it says or by what it sends', async () => {
    expect(await failureOf((await ask({ url: `${origin}/long` }, real())).read(1_000))).toBe('too-large')
    written = 0
    expect(await failureOf((await ask({ url: `${origin}/flood` }, real())).read(200_000))).toBe('too-large')
    const before = closed
    await sleep(200)
    expect(closed).toBeGreaterThanOrEqual(before)
    const after = written
    await sleep(200)
    expect(written).toBe(after)
    expect(written).toBeLessThan(20_000_000)
  })

  test('that breaks off, or is not there, is told from one that is slow', async () => {
    expect(await failureOf(ask({ url: `${origin}/broken` }, real()))).toBe('refused')
    const gone = { ...real(), loopback: ['http://127.0.0.1:1'] }
    expect(await failureOf(ask({ url: 'http://127.0.0.1:1/' }, gone))).toBe('refused')
  })

  test('is given up when the caller gives up', async () => {
    const controller = new AbortController()
    const asked = failureOf(ask({ url: `${origin}/hang`, signal: controller.signal }, real()))
    controller.abort()
    expect(await asked).toBe('aborted')
  })
})
