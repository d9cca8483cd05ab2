import { type Limiter, type Verdict, WINDOW_SECONDS } from './limiter.ts'

const WINDOW = WINDOW_SECONDS * 1000
const MAX_IDS = 50_000

/**
 * The embedded limiter: counts in this isolate, by the same sliding window as @upstash/ratelimit (the count of the
 * window before weighs by the part of it that still overlaps the last 60 seconds).
 */
export class MemoryLimiter implements Limiter {
  private window = 0
  private current = new Map<string, number>()
  private previous = new Map<string, number>()

  check(id: string, limit: number, now: number): Promise<Verdict> {
    this.turn(Math.floor(now / WINDOW))
    const elapsed = (now % WINDOW) / WINDOW
    const before = Math.floor((this.previous.get(id) ?? 0) * (1 - elapsed))
    const count = this.current.get(id) ?? 0
    const reset = Math.ceil((WINDOW - (now % WINDOW)) / 1000)
    const allowed = before + count < limit
    if (allowed) {
      // A flood of new ids must not take the isolate's memory: the older window is the cheaper thing to forget.
      if (count === 0 && this.current.size >= MAX_IDS) this.current.clear()
      this.current.set(id, count + 1)
    }
    const remaining = allowed ? limit - before - count - 1 : 0
    return Promise.resolve({ allowed, limit, remaining, reset })
  }

  private turn(window: number): void {
    if (window === this.window) return
    this.previous = window === this.window + 1 ? this.current : new Map()
    this.current = new Map()
    this.window = window
  }
}
