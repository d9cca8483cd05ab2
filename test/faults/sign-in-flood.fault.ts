// Row S8 of the scoreboard: passwords guessed in bulk, at one account from many addresses and at many accounts.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browse } from '../support/people.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call } from '../support/workspace.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const TRIES = 1_000
const ADDRESSES = 50

/** A refusal of the password is one hash; whatever was refused otherwise cost none. */
async function flood(emailOf: (index: number) => string, network: string) {
  const codes: Record<string, number> = {}
  const begin = Date.now()
  const left = Array.from({ length: TRIES }, (_, index) => index).values()
  const work = async () => {
    for (const index of left) {
      const body = { email: emailOf(index), password: `guess number ${index}` }
      const address = { 'cf-connecting-ip': `${network}.${index % ADDRESSES}` }
      const answer = await browse(worker, undefined, 'POST', '/api/auth/sign-in', body, address)
      const code = answer.body?.error?.code ?? `status ${answer.status}`
      codes[code] = (codes[code] ?? 0) + 1
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
  return { codes, minutes: (Date.now() - begin) / 60_000 }
}

/** How long everybody else waits meanwhile; told and not asserted, because this machine is shared. */
async function waitsOfOthers(done: Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  const isOver = () => Promise.race([done.then(() => true), sleep(20, false)])
  while (!(await isOver())) {
    const start = performance.now()
    expect((await call(worker, 'GET', '/health')).status).toBe(200)
    times.push(performance.now() - start)
  }
  return times.toSorted((a, b) => a - b)
}

const report = (what: string, codes: object, times: number[]) =>
  console.log(
    `S8 ${what}: ${JSON.stringify(codes)}; others waited p50 ${times[times.length >> 1]?.toFixed(0)} ms, ` +
      `p99 ${times[Math.floor(times.length * 0.99)]?.toFixed(0)} ms (${times.length} requests)`,
  )

test('1,000 guesses at one account from 50 addresses cost ten hashes', async () => {
  const flooded = flood(() => 'victim@example.com', '203.0.113')
  const times = await waitsOfOthers(flooded)
  const { codes } = await flooded
  report('one account', codes, times)
  expect(codes.SIGN_IN_FAILED ?? 0).toBeLessThanOrEqual(10)
  expect(
    Object.keys(codes).filter((code) => !['SIGN_IN_FAILED', 'RATE_LIMITED', 'UNAVAILABLE'].includes(code)),
  ).toEqual([])
})

test('1,000 guesses at 1,000 accounts from 50 addresses cost five hashes an address and minute', async () => {
  const flooded = flood((index) => `person${index}@example.com`, '198.51.100')
  const times = await waitsOfOthers(flooded)
  const { codes, minutes } = await flooded
  report('many accounts', codes, times)
  expect(codes.SIGN_IN_FAILED ?? 0).toBeLessThanOrEqual(5 * ADDRESSES * Math.ceil(minutes + 1))
  expect(
    Object.keys(codes).filter((code) => !['SIGN_IN_FAILED', 'RATE_LIMITED', 'UNAVAILABLE'].includes(code)),
  ).toEqual([])
})
