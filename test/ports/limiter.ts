/** What every Limiter promises. The clock is the tests': both implementations read it, and no minute ends by chance. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Limiter, Verdict } from '../../src/http/limiter.ts'

/** Ten seconds after a window has begun. */
export const NOW = Date.UTC(2026, 10, 23, 12, 0, 10)

let made = 0
/** Implementations that share a store between tests must not share what they count. */
export const newId = () => `ip:2001:db8::${process.pid}:${made++}/64`

/** With the clock held at `NOW`, in every test of the file. */
export function holdClock(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
  afterEach(() => void vi.useRealTimers())
}

export function serial(limiter: Limiter, id: string, limit: number, times: number): Promise<Verdict[]> {
  return Array.fromAsync({ length: times }, () => limiter.check(id, limit, Date.now()))
}

export const admitted = (verdicts: Verdict[]) => verdicts.filter(({ allowed }) => allowed).length

export function limiterContract(create: () => Limiter): void {
  holdClock()

  test('of more requests than the limit exactly the limit is admitted, the first ones', async () => {
    const verdicts = await serial(create(), newId(), 5, 12)
    expect(verdicts.map(({ allowed }) => allowed)).toEqual(Array.from({ length: 12 }, (_, i) => i < 5))
  })

  test('so it is with many requests at once', async () => {
    const limiter = create()
    for (let round = 0; round < 5; round++) {
      const id = newId()
      const asked = Array.from({ length: 30 }, () => limiter.check(id, 10, Date.now()))
      expect(admitted(await Promise.all(asked))).toBe(10)
    }
  })

  test('remaining counts down to zero and stays there', async () => {
    const verdicts = await serial(create(), newId(), 4, 7)
    expect(verdicts.map(({ remaining }) => remaining)).toEqual([3, 2, 1, 0, 0, 0, 0])
    expect(new Set(verdicts.map(({ limit }) => limit))).toEqual(new Set([4]))
  })

  test('reset is the rest of the minute, in whole seconds from 1 to 60, for the admitted and for the refused', async () => {
    const limiter = create()
    for (const [past, reset] of [
      [0, 60],
      [1, 60],
      [10_000, 50],
      [58_999, 2],
      [59_001, 1],
      [59_999, 1],
    ] as const) {
      vi.setSystemTime(NOW - 10_000 + past)
      const verdicts = await serial(limiter, newId(), 1, 3)
      expect(verdicts.map((verdict) => verdict.reset)).toEqual([reset, reset, reset])
    }
  })

  test('ids are counted apart', async () => {
    const limiter = create()
    const [a, b] = [newId(), newId()]
    expect(admitted(await serial(limiter, a, 3, 5))).toBe(3)
    expect(admitted(await serial(limiter, b, 3, 5))).toBe(3)
    expect(admitted(await serial(limiter, a, 3, 5))).toBe(0)
  })

  test('a limit may count over a longer window, apart from those of a minute', async () => {
    const limiter = create()
    const id = newId()
    const hourly = (times: number) => Array.fromAsync({ length: times }, () => limiter.check(id, 4, Date.now(), 3_600))
    expect(admitted(await serial(limiter, id, 4, 4))).toBe(4)
    const verdicts = await hourly(6)
    expect([admitted(verdicts), verdicts[0]?.reset]).toEqual([4, 3_590])
    vi.setSystemTime(NOW + 65_000)
    expect([admitted(await hourly(2)), admitted(await serial(limiter, id, 4, 1))]).toEqual([0, 1])
    // Half an hour into the next one.
    vi.setSystemTime(NOW - 10_000 + 5_400_000)
    expect(admitted(await hourly(4))).toBe(2)
  })

  test('in the next minute the last one weighs by the part that still overlaps', async () => {
    const limiter = create()
    const id = newId()
    expect(admitted(await serial(limiter, id, 10, 15))).toBe(10)
    // Fifteen seconds into the next window three quarters of the last one lie within 60 seconds.
    vi.setSystemTime(NOW + 65_000)
    expect(admitted(await serial(limiter, id, 10, 15))).toBe(3)
    // Of those 3 half are left after another minute and a quarter: 10 - floor(1.5).
    vi.setSystemTime(NOW + 140_000)
    expect(admitted(await serial(limiter, id, 10, 15))).toBe(9)
    vi.setSystemTime(NOW + 400_000)
    expect(admitted(await serial(limiter, id, 10, 15))).toBe(10)
  })
}
