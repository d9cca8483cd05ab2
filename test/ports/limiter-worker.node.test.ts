/** The Upstash limiter where it lives: in workerd, with requests that come at once. R11 with one fault. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { startRedis } from '../support/redis-server.ts'
import { startUpstashFront } from '../support/upstash-front.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'
import {
  admittedOf,
  awayFromMinuteEnd,
  chats,
  failuresOf,
  PAUSE,
  redisSettings,
  TOKEN,
  untilRedisIsAsked,
} from './redis-chats.ts'

const LIMIT = 30
const server = await startRedis()
if (!server)
  console.warn('\n!!! SKIPPED: limits in Redis from workerd (no redis-server: apt-get install redis-server)\n')
const front = server && (await startUpstashFront({ redisPort: server.port, token: TOKEN }))

let worker: Awaited<ReturnType<typeof startDirectWorker>>
let space: Workspace
beforeAll(async () => {
  if (!front) return
  worker = await startDirectWorker(redisSettings(front.url, LIMIT))
  space = await createWorkspace(worker)
  await chats(space, 3, 1)
})
afterAll(async () => {
  await worker?.close()
  await front?.close()
  await server?.close()
})

test.skipIf(!front)(
  'fifty requests at once share one client of Redis, and the limit is counted there',
  async ({ skip }) => {
    for (const parallel of [50, 10]) {
      await awayFromMinuteEnd(5)
      const before = failuresOf(worker)
      const asked = front?.requests ?? 0
      const all = await chats(space, 50, parallel)
      expect(all.filter(({ status }) => status !== 200 && status !== 429)).toEqual([])
      expect(admittedOf(all)).toBeGreaterThanOrEqual(LIMIT)
      if (failuresOf(worker) === before) {
        expect(admittedOf(all)).toBe(LIMIT)
        expect((front?.requests ?? 0) - asked).toBeGreaterThan(LIMIT)
        return
      }
      await setTimeout(PAUSE + 500)
    }
    console.warn('\n!!! SKIPPED: this machine is too busy for a Redis that has 200 ms to answer\n')
    skip()
  },
)

test.skipIf(!front)('R11 small: a Redis that hangs costs two requests 200 ms and nobody an answer', async () => {
  await awayFromMinuteEnd(5)
  await untilRedisIsAsked(worker, space, () => front?.requests ?? 0)
  front?.fault('hang')
  const before = failuresOf(worker)
  const first = await chats(space, 2, 1)
  expect(first.map(({ status }) => status)).toEqual([200, 200])
  expect(first[0]?.ms).toBeGreaterThan(190)
  // A request asks twice at the same time: the fourth was on its way when the third failed.
  expect(failuresOf(worker) - before).toBeLessThanOrEqual(4)
  // Three failures are two chats; from here on Redis is left alone.
  const asked = front?.requests
  const all = await chats(space, LIMIT + 20, 5)
  expect(front?.requests).toBe(asked)
  expect(admittedOf(all)).toBe(LIMIT)
  expect(all.filter(({ status }) => status !== 200 && status !== 429)).toEqual([])
})
