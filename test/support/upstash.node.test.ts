/** The Upstash front with the real clients and a real Redis. */
import { Ratelimit } from '@upstash/ratelimit'
import { Redis } from '@upstash/redis/cloudflare'
import { afterAll, expect, test } from 'vitest'
import { startRedis } from './redis-server.ts'
import { startUpstashFront, UPSTASH_FAULTS } from './upstash-front.ts'

const server = await startRedis()
if (!server) console.warn('\n!!! SKIPPED: no redis-server on this machine (apt-get install redis-server)\n')
const front = server && (await startUpstashFront({ redisPort: server.port, token: 'test-token' }))
afterAll(async () => {
  await front?.close()
  await server?.close()
})
const url = front?.url ?? 'http://127.0.0.1:1'
const redis = new Redis({ url, token: 'test-token', retry: false })

function admitted(results: { success: boolean }[]): number {
  return results.filter(({ success }) => success).length
}

test.skipIf(!front)('the real limiter admits 5 of 8, one after another and at once', async () => {
  const limiters = { sliding: Ratelimit.slidingWindow(5, '1 h'), fixed: Ratelimit.fixedWindow(5, '1 h') }
  for (const [prefix, limiter] of Object.entries(limiters)) {
    const limit = new Ratelimit({ redis, limiter, prefix, ephemeralCache: false })
    const serial = []
    for (let i = 0; i < 8; i++) serial.push(await limit.limit('serial'))
    expect(admitted(serial)).toBe(5)
    expect(admitted(await Promise.all(Array.from({ length: 8 }, () => limit.limit('parallel'))))).toBe(5)
  }
})

test.skipIf(!front)('values, transactions, pipelines and scripts survive the way', async () => {
  expect(await redis.set('k', { text: 'ü🙂' })).toBe('OK')
  expect(await redis.get('k')).toEqual({ text: 'ü🙂' })
  expect(await redis.get('nothing')).toBeNull()
  await redis.rpush('list', 'OK', 'b')
  expect(await redis.lrange('list', 0, -1)).toEqual(['OK', 'b'])
  expect(await redis.multi().set('n', 1).incr('n').get('n').exec()).toEqual(['OK', 2, 2])
  const mixed = await redis.pipeline().set('n', 5).lpush('n', 1).get('n').exec({ keepErrors: true })
  expect(mixed.map(({ error }) => error?.split(' ')[0])).toEqual([undefined, 'WRONGTYPE', undefined])

  const hash = await redis.scriptLoad('#!lua flags=allow-key-locking\nreturn ARGV[1]')
  expect(await redis.evalsha(hash, [], ['hello'])).toBe('hello')
  expect(await redis.scriptExists(hash)).toEqual([1])
  await expect(redis.evalsha('f'.repeat(40), [], [])).rejects.toThrow('NOSCRIPT')
})

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(url + path, { headers: { authorization: 'Bearer test-token' }, ...init })
  return [response.status, await response.json()]
}

function json(command: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(command) }
}

test.skipIf(!front)('the wire without a client', async () => {
  expect(await ask('/', { headers: {} })).toEqual([401, { error: expect.stringContaining('WRONGPASS') }])
  expect(await ask('/', json(['SET', 'a', 1]))).toEqual([200, { result: 'OK' }])
  expect(await ask('/get/a?_token=test-token', { headers: {} })).toEqual([200, { result: '1' }])
  expect(await ask('/set/b', { method: 'POST', body: 'x/y' })).toEqual([200, { result: 'OK' }])
  expect(await ask('/', json(['NOPE']))).toEqual([400, { error: expect.stringContaining('unknown command') }])
  expect(await ask('/', json({}))).toEqual([400, { error: expect.stringContaining('parse') }])
  expect((await ask('/multi-exec', json([['SET', 'c', 1], ['NOPE']])))[0]).toBe(400)
  expect(await ask('/get/c')).toEqual([200, { result: null }])
  const headers = { authorization: 'Bearer test-token', 'upstash-encoding': 'base64' }
  expect(await ask('/get/b', { headers })).toEqual([200, { result: Buffer.from('x/y').toString('base64') }])
})

test.skipIf(!front)('faults are seen by the client and end when they are switched off', async () => {
  const seen = new Map<string, string>()
  for (const fault of UPSTASH_FAULTS) {
    front?.fault(fault)
    const patient = new Redis({ url, token: 'test-token', retry: false, signal: () => AbortSignal.timeout(300) })
    const outcome = await patient.ping().catch((error: unknown) => (error instanceof Error ? error.name : 'unknown'))
    seen.set(fault, outcome)
  }
  front?.fault('none')
  expect(Object.fromEntries(seen)).toEqual({
    none: 'PONG',
    hang: 'TimeoutError',
    refuse: 'TypeError',
    '500': 'UpstashError',
    '401': 'UpstashError',
    html: 'UpstashJSONParseError',
    slow: 'TimeoutError',
  })
  const before = front?.requests ?? 0
  expect(await redis.ping()).toBe('PONG')
  expect(front?.requests).toBe(before + 1)
})
