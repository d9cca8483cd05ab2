/** The organization's budget under a clock that the tests hold. Its times lie in 2040: an alarm set for the past rings at once. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { OrgBudget } from '../../src/usage/org-budget.ts'
import { Model, steps } from './budget-model.ts'

const NOON = Date.UTC(2040, 10, 15, 12)
const caps = { messages: 100, tokens: 100_000 }

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOON }))
afterEach(() => void vi.useRealTimers())

let made = 0
const newBudget = () => env.BUDGET.getByName(`org:budget-${made++}`)
type Stub = DurableObjectStub<OrgBudget>

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const alarmOf = (budget: Stub) => runInDurableObject(budget, (_, { storage }) => storage.getAlarm())

async function hold(budget: Stub, leaseId: string, tokens = 10): Promise<void> {
  expect(await budget.reserve({ leaseId, caps, tokens })).toMatchObject({ admitted: true })
}

async function messagesAndTokens(budget: Stub) {
  const { messages, tokens } = await budget.state()
  return [messages.used, messages.reserved, tokens.used, tokens.reserved]
}

test('R1 small: of 1,000 reservations, 100 at once, exactly the 100 of the cap are admitted', async () => {
  const budget = newBudget()
  let admitted = 0
  const refusals = new Set<string>()
  for (let start = 0; start < 1_000; start += 100) {
    const asked = Array.from({ length: 100 }, (_, i) => budget.reserve({ leaseId: `r${start + i}`, caps, tokens: 10 }))
    for (const admission of await Promise.all(asked)) {
      if (admission.admitted) admitted++
      else refusals.add(admission.reason)
    }
  }
  expect(admitted).toBe(100)
  expect([...refusals]).toEqual(['MESSAGE_LIMIT_REACHED'])
  expect(await messagesAndTokens(budget)).toEqual([0, 100, 0, 1_000])

  // Nobody settles: after 200 seconds the alarm has charged every lease in full.
  wait(200_000)
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await messagesAndTokens(budget)).toEqual([100, 0, 1_000, 0])
})

test('a lease is charged in full 150 seconds after it was made and not before', async () => {
  const budget = newBudget()
  await hold(budget, 'a', 70)
  wait(149_999)
  expect(await messagesAndTokens(budget)).toEqual([0, 1, 0, 70])
  wait(1)
  expect(await messagesAndTokens(budget)).toEqual([1, 0, 70, 0])
})

test('settling twice, late, or what was never held changes nothing', async () => {
  const budget = newBudget()
  await hold(budget, 'a', 50)
  await Promise.all(Array.from({ length: 10 }, () => budget.settle('a', { messages: 1, tokens: 30 })))
  expect(await messagesAndTokens(budget)).toEqual([1, 0, 30, 0])
  await budget.settle('never', { messages: 1, tokens: 30 })
  await hold(budget, 'b', 50)
  wait(150_000)
  expect(await messagesAndTokens(budget)).toEqual([2, 0, 80, 0])
  await budget.settle('b', { messages: 1, tokens: 5 })
  expect(await messagesAndTokens(budget)).toEqual([2, 0, 80, 0])
})

test('a message that cost nothing gives its place back', async () => {
  const budget = newBudget()
  for (let i = 0; i < 100; i++) await hold(budget, `a${i}`)
  expect(await budget.reserve({ leaseId: 'b', caps, tokens: 10 })).toMatchObject({
    admitted: false,
    reason: 'MESSAGE_LIMIT_REACHED',
    used: 0,
    resetsAt: Date.UTC(2040, 11),
  })
  await budget.settle('a0', { messages: 0, tokens: 0 })
  await hold(budget, 'b')
})

test('tokens have a cap of their own', async () => {
  const budget = newBudget()
  await hold(budget, 'a', 60_000)
  const refused = { admitted: false, reason: 'TOKEN_LIMIT_REACHED' }
  expect(await budget.reserve({ leaseId: 'b', caps, tokens: 40_001 })).toMatchObject(refused)
  await hold(budget, 'c', 40_000)
  await budget.settle('a', { messages: 1, tokens: 100 })
  await hold(budget, 'd', 59_900)
  expect(await budget.reserve({ leaseId: 'e', caps, tokens: 1 })).toMatchObject(refused)
})

test('the alarm rings for the oldest lease and sets itself for the next', async () => {
  const budget = newBudget()
  await hold(budget, 'a')
  wait(100_000)
  await hold(budget, 'b')
  expect(await alarmOf(budget)).toBe(NOON + 150_000)
  wait(50_000)
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await alarmOf(budget)).toBe(NOON + 250_000)
  expect(await messagesAndTokens(budget)).toEqual([1, 1, 10, 10])
  wait(100_000)
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await alarmOf(budget)).toBeNull()
  expect(await messagesAndTokens(budget)).toEqual([2, 0, 20, 0])
  await hold(budget, 'c')
  expect(await alarmOf(budget)).toBe(NOON + 400_000)
})

test('an alarm that rings a moment early is not the last one', async () => {
  const budget = newBudget()
  await hold(budget, 'a')
  wait(149_999)
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await alarmOf(budget)).toBe(NOON + 150_000)
})

test('an eviction forgets nothing', async () => {
  const budget = newBudget()
  await hold(budget, 'a', 40)
  await hold(budget, 'b', 50)
  await budget.settle('a', { messages: 1, tokens: 33 })
  await budget.announce(7)
  const before = await budget.state()
  await evictDurableObject(budget)
  expect(await budget.state()).toEqual(before)
  expect(await messagesAndTokens(budget)).toEqual([1, 1, 33, 50])
  expect(await budget.reserve({ leaseId: 'c', caps, tokens: 1 })).toEqual({ admitted: true, version: 7 })
  await budget.settle('b', { messages: 1, tokens: 44 })
  expect(await messagesAndTokens(budget)).toEqual([2, 1, 77, 1])
})

test('a new month begins at zero, once, and takes over what is still held', async () => {
  const budget = newBudget()
  const midnight = Date.UTC(2040, 11)
  vi.setSystemTime(midnight - 1_000)
  await hold(budget, 'a', 40)
  await hold(budget, 'b', 50)
  await budget.settle('a', { messages: 1, tokens: 40 })
  expect(await budget.state()).toMatchObject({ periodStart: Date.UTC(2040, 10), resetsAt: midnight })

  vi.setSystemTime(midnight)
  expect(await budget.state()).toMatchObject({ periodStart: midnight, resetsAt: Date.UTC(2041, 0) })
  expect(await messagesAndTokens(budget)).toEqual([0, 1, 0, 50])
  await budget.settle('b', { messages: 1, tokens: 45 })
  expect(await messagesAndTokens(budget)).toEqual([1, 0, 45, 0])
})

test('a clock that steps back over the end of the month opens no old month', async () => {
  const budget = newBudget()
  const midnight = Date.UTC(2040, 11)
  vi.setSystemTime(midnight + 1_000)
  await hold(budget, 'a', 40)
  await budget.settle('a', { messages: 1, tokens: 40 })
  vi.setSystemTime(midnight - 600_000)
  expect(await messagesAndTokens(budget)).toEqual([1, 0, 40, 0])
  expect(await budget.state()).toMatchObject({ periodStart: midnight, resetsAt: Date.UTC(2041, 0) })
})

test('months of 28 to 31 days, leap days and the end of a year each reset once', async () => {
  const budget = newBudget()
  // Two years that hold 29 February 2044, in steps of 7 hours.
  vi.setSystemTime(Date.UTC(2043, 0, 1, 3))
  let resets = 0
  let period = (await budget.state()).periodStart
  for (let hour = 0; hour < 731 * 24; hour += 7) {
    wait(7 * 3_600_000)
    const { periodStart, resetsAt } = await budget.state()
    expect(periodStart <= Date.now() && Date.now() < resetsAt).toBe(true)
    if (periodStart !== period) resets++
    period = periodStart
  }
  expect(resets).toBe(24)
})

test('whatever happens in whatever order, the budget is what its model says and no cap is passed', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      vi.setSystemTime(NOON)
      await fc.asyncModelRun(() => ({ model: new Model(NOON), real: newBudget() }), commands)
    }),
    { seed: 20_261_123, numRuns: 100 },
  )
})
