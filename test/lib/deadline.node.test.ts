import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadline } from '../../src/lib/deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = () => new AbortController().signal

/** When, in milliseconds from now, the deadline ends the work; undefined when it does not within `patience`. */
function endOf(deadline: Deadline, patience: number): number | undefined {
  const start = Date.now()
  for (let ms = 0; ms <= patience; ms++) {
    if (deadline.signal.aborted) return Date.now() - start
    vi.advanceTimersByTime(1)
  }
  return undefined
}

test('silence from the start ends it after the first time, and it says that it was the one', () => {
  const deadline = new Deadline({ first: 150, total: 600, signal: never() })
  expect(deadline.expired).toBe(false)
  expect(endOf(deadline, 1_000)).toBe(150)
  expect(deadline.expired).toBe(true)
})

test('a silence after the first token ends it after the gap, also where the gap is the shorter time', () => {
  const deadline = new Deadline({ first: 150, total: 600, signal: never() })
  vi.advanceTimersByTime(10)
  deadline.extend(100)
  expect(endOf(deadline, 1_000)).toBe(100)
})

test('a stream that never pauses ends with the whole time', () => {
  const deadline = new Deadline({ first: 150, total: 600, signal: never() })
  for (let ms = 0; ms < 595; ms += 5) {
    vi.advanceTimersByTime(5)
    deadline.extend(100)
    expect(deadline.signal.aborted).toBe(false)
  }
  expect(endOf(deadline, 1_000)).toBe(5)
})

test('a cleared deadline ends nothing and leaves no timer', () => {
  const deadline = new Deadline({ first: 150, total: 600, signal: never() })
  vi.advanceTimersByTime(149)
  deadline.extend(100)
  deadline.clear()
  expect(vi.getTimerCount()).toBe(0)
  expect(endOf(deadline, 2_000)).toBeUndefined()
  expect(deadline.expired).toBe(false)
})

test("the caller's abort passes through and is not the deadline's doing", () => {
  const caller = new AbortController()
  const deadline = new Deadline({ first: 150, total: 600, signal: caller.signal })
  caller.abort()
  expect(deadline.signal.aborted).toBe(true)
  expect(deadline.expired).toBe(false)
  deadline.clear()
  expect(vi.getTimerCount()).toBe(0)
})

test('a deadline of a caller who has left already is over at once', () => {
  const deadline = new Deadline({ first: 150, total: 600, signal: AbortSignal.abort() })
  expect(deadline.signal.aborted).toBe(true)
  deadline.clear()
})

test('for any times and any arrivals it ends at exactly the first silence that is too long', () => {
  const times = fc.record({
    first: fc.integer({ min: 1, max: 200 }),
    gap: fc.integer({ min: 1, max: 200 }),
    total: fc.integer({ min: 1, max: 800 }),
  })
  const arrivals = fc.array(fc.integer({ min: 0, max: 220 }), { maxLength: 12 })
  fc.assert(
    fc.property(times, arrivals, ({ first, gap, total }, pauses) => {
      const deadline = new Deadline({ first, total, signal: never() })
      let now = 0
      let end = Math.min(first, total)
      for (const pause of pauses) {
        if (now + pause >= end) break
        vi.advanceTimersByTime(pause)
        now += pause
        expect(deadline.signal.aborted).toBe(false)
        deadline.extend(gap)
        end = Math.min(now + gap, total)
      }
      expect(endOf(deadline, 2_000)).toBe(end - now)
      expect(deadline.expired).toBe(true)
    }),
    { seed: 5, numRuns: 500 },
  )
})
