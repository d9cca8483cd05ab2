import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const LISTED = [
  'https://www.example.com',
  'https://*.shop.example',
  'https://*.dev.example:8443',
  'http://localhost:3000',
  'https://xn--bcher-kva.example',
]

const ALLOWED = [
  'https://www.example.com',
  'https://a.shop.example',
  'https://a.b.shop.example',
  'https://a-1.shop.example',
  'https://a.dev.example:8443',
  'http://localhost:3000',
  'https://xn--bcher-kva.example',
]

const REFUSED = [
  'null',
  '*',
  'https://example.com',
  'http://www.example.com',
  'https://www.example.com:8443',
  'https://www.example.com:443',
  'https://www.example.com.',
  'https://www.example.com/',
  'https://www.example.com.evil.example',
  'https://evil.example/https://www.example.com',
  'https://www.example.com@evil.example',
  'https://evilwww.example.com',
  'https://www.example.comevil.example',
  'https://www-example.com',
  'https://wwwxexample.com',
  'HTTPS://WWW.EXAMPLE.COM',
  'wss://www.example.com',
  'file://',
  'chrome-extension://abcdefghijklmnop',
  'https://shop.example',
  'http://a.shop.example',
  'https://a.shop.example:8443',
  'https://evilshop.example',
  'https://a.shop.example.evil.example',
  'https://evil.example/.shop.example',
  'https://evil.example?.shop.example',
  'https://evil.example#.shop.example',
  'https://evil.example\\.shop.example',
  'https://user:a@b.shop.example',
  'https://evil.example:1.shop.example',
  'https://.shop.example',
  'https://*.shop.example',
  'https://a.dev.example',
  'https://a.dev.example:443',
  'https://dev.example:8443',
  'http://localhost',
  'http://localhost:30000',
  'http://127.0.0.1:3000',
  'https://localhost:3000',
  'https://bücher.example',
  'https://www.example.com, https://evil.example',
]

const EXPOSED = [
  'x-request-id',
  'server-timing',
  'idempotency-replayed',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
]
const listOf = (value: string | null) => (value ?? '').split(/,\s*/).filter(Boolean).toSorted()
/** Header values are bytes: what is beyond ASCII goes out as a browser would never send it. */
const header = (origin: string) => Buffer.from(origin).toString('latin1')

test('the pages of listed origins, and of no others, may ask and read', async () => {
  expect(ALLOWED.length + REFUSED.length).toBeGreaterThan(40)
  const space = await createWorkspace(worker, { agent: { allowedOrigins: LISTED } })
  const admitted: string[] = []
  const readable: string[] = []
  const preflighted: string[] = []
  for (const origin of [...ALLOWED, ...REFUSED]) {
    const preflight = await call(worker, 'OPTIONS', space.chatPath, {
      headers: {
        origin: header(origin),
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    })
    expect([preflight.status, preflight.text]).toEqual([204, ''])
    const asked = await space.ask('Hello', {}, { origin: header(origin) })
    if (asked.status !== 200) expectRefusal(asked, 403, 'ORIGIN_NOT_ALLOWED')
    else admitted.push(origin)
    for (const [list, { headers }] of [
      [preflighted, preflight],
      [readable, asked],
    ] as const) {
      const allowed = headers.get('access-control-allow-origin')
      if (allowed !== null) {
        list.push(origin)
        expect(allowed).toBe(origin)
        expect(listOf(headers.get('access-control-expose-headers'))).toEqual(EXPOSED.toSorted())
      }
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(listOf(headers.get('vary')).map((name) => name.toLowerCase())).toContain('origin')
    }
  }
  expect({ admitted, readable, preflighted }).toEqual({ admitted: ALLOWED, readable: ALLOWED, preflighted: ALLOWED })
  const used = (await space.asOrganization('GET', '/api/usage')).body.messages.used
  expect(used).toBe(ALLOWED.length)
})

test('a preflight allows what our clients send; refusals and streams are readable for the page too', async () => {
  const origin = 'https://www.example.com'
  const space = await createWorkspace(worker, { agent: { allowedOrigins: [origin] } })
  const { headers } = await call(worker, 'OPTIONS', space.chatPath, {
    headers: { origin, 'access-control-request-method': 'POST' },
  })
  expect(listOf(headers.get('access-control-allow-methods'))).toEqual(['DELETE', 'GET', 'PATCH', 'POST', 'PUT'])
  expect(listOf(headers.get('access-control-allow-headers'))).toEqual(
    ['accept', 'authorization', 'content-type', 'idempotency-key', 'x-client-request-id'].toSorted(),
  )
  expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0)

  const path = space.chatPath
  const readable = [
    await space.ask('Hello', { stream: true }, { origin }),
    await space.ask('Hello', {}, { origin, accept: 'text/event-stream' }),
    await call(worker, 'POST', path, { body: {}, headers: { origin } }),
    await call(worker, 'POST', path, { key: space.apiKey, body: '{', headers: { origin } }),
    await call(worker, 'PUT', path, { headers: { origin } }),
    await call(worker, 'GET', `${path}/none`, { headers: { origin } }),
  ]
  expect(readable.map(({ status }) => status)).toEqual([200, 200, 401, 400, 405, 404])
  for (const answer of readable) expect(answer.headers.get('access-control-allow-origin')).toBe(origin)

  // Without an Origin nobody asks for it; our own pages may; other agents, unknown ones and the rest of the API not.
  expect((await space.ask('Hello')).headers.get('access-control-allow-origin')).toBeNull()
  expect((await space.ask('Hello', {}, { origin: worker.baseUrl })).status).toBe(200)
  const other = await createWorkspace(worker)
  expectRefusal(await other.ask('Hello', {}, { origin }), 403, 'ORIGIN_NOT_ALLOWED')
  for (const elsewhere of [other.chatPath, '/api/agents/agt_none/chat', '/api/agents', '/api/usage']) {
    const answer = await call(worker, 'OPTIONS', elsewhere, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
  const listed = await call(worker, 'GET', '/api/agents', { key: space.organizationKey, headers: { origin } })
  expectRefusal(listed, 403, 'ORIGIN_NOT_ALLOWED')
})

test('a change of the list holds for the next request of a page', async () => {
  const origin = 'https://late.example'
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}`
  expectRefusal(await space.ask('Hello', {}, { origin }), 403, 'ORIGIN_NOT_ALLOWED')
  await space.asOrganization('PATCH', path, { allowedOrigins: [origin] })
  const allowed = await space.ask('Hello', {}, { origin })
  expect(allowed.status, allowed.text).toBe(200)
  await space.asOrganization('PATCH', path, { allowedOrigins: [] })
  expectRefusal(await space.ask('Hello', {}, { origin }), 403, 'ORIGIN_NOT_ALLOWED')
})
