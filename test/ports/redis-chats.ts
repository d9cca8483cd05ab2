/** R11: chats of a Worker whose rate limits are counted in Redis, while something is wrong with Redis. */
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Settings } from '../support/worker.ts'
import type { Workspace } from '../support/workspace.ts'

export const TOKEN = 'test-token'

export const redisSettings = (url: string, limit: number): Settings => ({
  vars: { RATE_LIMIT_PER_IP: String(limit) },
  secrets: { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: TOKEN },
})

/** Limits count by minutes: what is counted exactly must not have the end of one in it. */
export async function awayFromMinuteEnd(seconds: number): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < seconds * 1000) await setTimeout(left + 50)
}

/** After three failures Redis is left alone for so long. */
export const PAUSE = 10_000

/** Chats until Redis is asked and answers in time: a cold start on a busy machine may have opened the breaker. */
export async function untilRedisIsAsked(worker: Logging, space: Workspace, requests: () => number): Promise<void> {
  for (let attempt = 0; attempt < 4; attempt++) {
    const [asked, failures] = [requests(), failuresOf(worker)]
    await chats(space, 2, 1)
    if (requests() > asked && failuresOf(worker) === failures) return
    await setTimeout(PAUSE + 500)
  }
  expect.fail('the machine is too busy for a Redis that has 200 ms to answer')
}

type Logging = { logs: string[] }

/** How many checks fell back to the limiter in the isolate because Redis failed. */
export const failuresOf = ({ logs }: Logging) => logs.filter((line) => line.includes('ratelimit_degraded')).length

export type Chat = { status: number; ms: number }

/** Asks a question so many times, so many at once, from one address that no other call has. */
export async function chats(space: Workspace, times: number, parallel: number): Promise<Chat[]> {
  const headers = { 'cf-connecting-ip': newAddress() }
  const all: Chat[] = []
  let left = times
  const ask = async () => {
    while (left-- > 0) {
      const start = performance.now()
      const { status, body, text } = await space.ask('Why?', {}, headers)
      all.push({ status, ms: performance.now() - start })
      if (status !== 200) expect([status, body?.error.code], text).toEqual([429, 'RATE_LIMITED'])
    }
  }
  await Promise.all(Array.from({ length: parallel }, ask))
  return all
}

let made = 0
const newAddress = () => `198.51.${100 + Math.floor(made / 250)}.${1 + (made++ % 250)}`

export const admittedOf = (all: Chat[]) => all.filter(({ status }) => status === 200).length

export function medianOf(all: Chat[]): number {
  const sorted = all.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
