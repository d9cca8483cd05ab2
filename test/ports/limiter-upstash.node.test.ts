/** Upstash's own client against a real Redis behind its REST protocol, healthy and with the faults of row R11. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Runtime } from '../../src/context.ts'
import { MemoryLimiter } from '../../src/http/limiter-memory.ts'
import { UpstashLimiter } from '../../src/http/limiter-upstash.ts'
import { RateLimits } from '../../src/http/rate-limit.ts'
import { startRedis } from '../support/redis-server.ts'
import { startUpstashFront, UPSTASH_FAULTS } from '../support/upstash-front.ts'
import { admitted, holdClock, limiterContract, newId, NOW, serial } from './limiter.ts'

const TOKEN = 'test-token'
const server = await startRedis()
if (!server) console.warn('\n!!! SKIPPED: the Upstash limiter (no redis-server: apt-get install redis-server)\n')
const front = server && (await startUpstashFront({ redisPort: server.port, token: TOKEN }))
afterAll(async () => {
  await front?.close()
  await server?.close()
})

function create(url = front?.url ?? '') {
  const failures: unknown[] = []
  const limiter = new UpstashLimiter({ url, token: TOKEN }, new MemoryLimiter(), (error) => failures.push(error))
  return { limiter, failures }
}

const asked = async (work: () => Promise<unknown>) => {
  const before = front?.requests ?? 0
  await work()
  return (front?.requests ?? 0) - before
}

if (!front) {
  holdClock()
  test.skip('no redis-server')
} else {
  limiterContract(() => create().limiter)

  // The library is loaded with the first check, which must not be the one that is timed.
  beforeAll(() => create().limiter.check('warm', 5, NOW))

  test('instances share their counts, as isolates do', async () => {
    const id = newId()
    const limiters = Array.from({ length: 4 }, () => create().limiter)
    const verdicts = await Promise.all(limiters.map((limiter) => serial(limiter, id, 10, 5)))
    expect(admitted(verdicts.flat())).toBe(10)
  })

  test('a blocked id is refused from memory', async () => {
    const { limiter } = create()
    const id = newId()
    await serial(limiter, id, 3, 4)
    expect(await asked(() => serial(limiter, id, 3, 10))).toBe(0)
  })

  for (const fault of UPSTASH_FAULTS.filter((name) => name !== 'none')) {
    test(`Redis ${fault}: the limit holds, three requests notice, then none asks for ten seconds`, async () => {
      const { limiter, failures } = create()
      const id = newId()
      front.fault(fault)
      try {
        const start = performance.now()
        expect(admitted(await serial(limiter, id, 8, 3))).toBe(3)
        expect(performance.now() - start).toBeLessThan(3 * 200 + 400)
        expect(failures).toHaveLength(3)

        vi.setSystemTime(NOW + 9_999)
        expect(await asked(async () => expect(admitted(await serial(limiter, id, 8, 50))).toBe(5))).toBe(0)
        expect(failures).toHaveLength(3)
      } finally {
        front.fault('none')
      }
      vi.setSystemTime(NOW + 10_000)
      expect(await asked(() => limiter.check(id, 8, Date.now()))).toBeGreaterThan(0)
      expect(failures).toHaveLength(3)
    })
  }

  test('a Redis that fails now and then opens no breaker', async () => {
    const { limiter, failures } = create()
    for (let i = 0; i < 12; i++) {
      front.fault(i % 3 === 2 ? 'none' : '500')
      await limiter.check(newId(), 8, Date.now())
    }
    front.fault('none')
    expect(failures).toHaveLength(8)
    expect(await asked(() => limiter.check(newId(), 8, Date.now()))).toBeGreaterThan(0)
  })

  test('a hundred requests at once pay for one hanging Redis together, not one after the other', async () => {
    const { limiter } = create()
    const id = newId()
    front.fault('hang')
    try {
      const start = performance.now()
      const all = Array.from({ length: 100 }, () => limiter.check(id, 30, Date.now()))
      expect(admitted(await Promise.all(all))).toBe(30)
      expect(performance.now() - start).toBeLessThan(1_500)
    } finally {
      front.fault('none')
    }
  })

  test("the log of a failure holds no token and nobody's address, though the library's message does", async () => {
    const lines: string[] = []
    for (const upstash of [
      { url: 'http://127.0.0.1:1', token: TOKEN },
      { url: front.url, token: 'secret-token-of-somebody' },
    ]) {
      const limits = new RateLimits({
        config: { upstash, rateLimits: { perIp: 5, perKey: 5 } },
        log: (...line: unknown[]) => lines.push(JSON.stringify(line)),
        now: Date.now,
      } as unknown as Runtime)
      await limits.check('ip', '198.51.100.77')
    }
    expect(lines).toHaveLength(2)
    expect(lines.join()).toContain('ratelimit_degraded')
    expect(lines.join()).not.toMatch(/test-token|secret-token|198\.51\.100\.77/)
  })
}
