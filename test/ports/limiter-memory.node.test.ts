import { expect, test } from 'vitest'
import { MemoryLimiter } from '../../src/http/limiter-memory.ts'
import { limiterContract, NOW } from './limiter.ts'

limiterContract(() => new MemoryLimiter())

test('a clock that stands between two minutes and steps back admits no second limit at once', async () => {
  const limiter = new MemoryLimiter()
  const end = NOW + 50_000
  let allowed = 0
  for (let i = 0; i < 100; i++) {
    // Requests that began a moment apart are counted out of order.
    const verdict = await limiter.check('a', 10, i % 2 === 0 ? end : end - 1)
    if (verdict.allowed) allowed++
  }
  expect(allowed).toBeLessThanOrEqual(20)
})

test('a flood of new ids neither takes the memory nor frees an id that goes on asking', async () => {
  const limiter = new MemoryLimiter()
  let allowed = 0
  for (let i = 0; i < 120_000; i++) {
    if (i % 1_000 === 0 && (await limiter.check('flooding', 5, NOW)).allowed) allowed++
    await limiter.check(`other ${i}`, 5, NOW)
  }
  type Counts = Record<'current' | 'previous', Map<string, number>>
  const { windows } = limiter as unknown as { windows: Map<number, Counts> }
  const { current, previous } = windows.get(60) as Counts
  expect(current.size + previous.size).toBeLessThanOrEqual(100_000)
  expect(allowed).toBe(5)
})
