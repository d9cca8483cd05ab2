import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import {
  admittedOf,
  awayFromMinuteEnd,
  chats,
  failuresOf,
  medianOf,
  PAUSE,
  redisSettings,
  TOKEN,
  untilRedisIsAsked,
} from '../ports/redis-chats.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { startRedis } from '../support/redis-server.ts'
import { startUpstashFront, UPSTASH_FAULTS } from '../support/upstash-front.ts'
import { createWorkspace } from '../support/workspace.ts'

const CHATS = 200
const LIMIT = 100
const PARALLEL = 10
const server = await startRedis()
if (!server) console.warn('\n!!! SKIPPED: R11 (no redis-server: apt-get install redis-server)\n')
const front = server && (await startUpstashFront({ redisPort: server.port, token: TOKEN }))
afterAll(async () => {
  await front?.close()
  await server?.close()
})
const requests = () => front?.requests ?? 0

const FAULTS = [...UPSTASH_FAULTS.filter((fault) => fault !== 'none'), 'closed port'] as const

test.skipIf(!front)(
  'R11: whatever Redis does, chats are answered, limited, and soon as fast as without it',
  async () => {
    // Asked at the same time, so that a busy machine slows both.
    const plain = await startDirectWorker({ vars: { RATE_LIMIT_PER_IP: String(LIMIT) } })
    const plainSpace = await createWorkspace(plain)
    const lines: string[] = []
    for (const fault of FAULTS) {
      const worker = await startDirectWorker(
        redisSettings(fault === 'closed port' ? 'http://127.0.0.1:1' : (front?.url ?? ''), LIMIT),
      )
      try {
        const space = await createWorkspace(worker)
        if (fault === 'closed port') {
          // Warm, and with the breaker closed again.
          await chats(space, 3, 1)
          await setTimeout(PAUSE)
        } else {
          await untilRedisIsAsked(worker, space, requests)
        }
        await awayFromMinuteEnd(12)
        if (fault !== 'closed port') front?.fault(fault)
        const before = failuresOf(worker)
        const failing = await chats(space, 3, 1)
        const slowest = Math.max(...failing.map(({ ms }) => ms))
        // The address' limit and the key's are checked at the same time, 200 ms at most.
        expect(slowest, fault).toBeLessThan(200 + 600)
        if (fault === 'hang' || fault === 'slow') expect(slowest, fault).toBeGreaterThan(190)
        // Two checks a request: the fourth was on its way when the third failed, or counts towards the next three.
        expect([2, 3, 4], fault).toContain(failuresOf(worker) - before)

        const start = performance.now()
        const asked = requests()
        const [all, usual] = await Promise.all([chats(space, CHATS, PARALLEL), chats(plainSpace, CHATS, PARALLEL)])
        expect(performance.now() - start, 'a machine too slow for this test').toBeLessThan(PAUSE - 1_000)
        expect(requests() - asked, fault).toBe(0)
        expect(
          [...failing, ...all].filter(({ status }) => status >= 500),
          fault,
        ).toEqual([])
        expect([admittedOf(all), admittedOf(usual)], fault).toEqual([LIMIT, LIMIT])
        const [after, without] = [medianOf(all), medianOf(usual)]
        expect(after, fault).toBeLessThan(without * 2 + 50)
        lines.push(`${fault} ${Math.round(slowest)}, ${after.toFixed(1)} against ${without.toFixed(1)}`)
      } finally {
        front?.fault('none')
        await worker.close()
      }
    }
    await plain.close()
    console.log(
      `R11 ${FAULTS.length * CHATS} chats, 0 answers >= 500, all limits kept; the slowest of the first three and the ` +
        `median after the breaker against that without Redis, ms: ${lines.join('; ')}`,
    )
  },
)

test.skipIf(!front)('R11: a Redis that is well again counts again', async () => {
  const worker = await startDirectWorker(redisSettings(front?.url ?? '', LIMIT))
  try {
    const space = await createWorkspace(worker)
    await untilRedisIsAsked(worker, space, requests)
    front?.fault('500')
    await chats(space, 3, 1)
    front?.fault('none')
    const asked = requests()
    await chats(space, 3, 1)
    expect(requests()).toBe(asked)
    await setTimeout(PAUSE)
    await awayFromMinuteEnd(10)
    const all = await chats(space, LIMIT + 20, 5)
    expect(requests() - asked).toBeGreaterThan(LIMIT)
    expect(admittedOf(all)).toBe(LIMIT)
  } finally {
    front?.fault('none')
    await worker.close()
  }
})
