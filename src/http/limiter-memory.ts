import { type Limiter, type Verdict, WINDOW_SECONDS } from './limiter.ts'

const MAX_IDS = 50_000

/**
 * The embedded limiter: counts in this isolate, by the same sliding window as @upstash/ratelimit (the count of the
 * window before weighs by the part of it that still overlaps the present one).
 */
export class MemoryLimiter implements Limiter {
  private readonly windows = new Map<number, SlidingWindow>()

  check(id: string, limit: number, now: number, seconds = WINDOW_SECONDS): Promise<Verdict> {
    let window = this.windows.get(seconds)
    if (!window) {
      window = new SlidingWindow(seconds * 1000)
      this.windows.set(seconds, window)
    }
    return Promise.resolve(window.check(id, limit, now))
  }
}

class SlidingWindow {
  private readonly length: number
  private window = 0
  private current = new Map<string, number>()
  private previous = new Map<string, number>()

  constructor(length: number) {
    this.length = length
  }

  check(id: string, limit: number, now: number): Verdict {
    this.turn(Math.floor(now / this.length))
    const start = this.window * this.length
    // A clock that steps back a moment stands at the beginning of the window that has begun already.
    const elapsed = Math.max(0, now - start)
    const before = Math.floor((this.previous.get(id) ?? 0) * (1 - elapsed / this.length))
    const count = this.current.get(id) ?? 0
    const reset = Math.ceil((this.length - elapsed) / 1000)
    const allowed = before + count < limit
    this.remember(id, allowed ? count + 1 : count)
    const remaining = allowed ? limit - before - count - 1 : 0
    return { allowed, limit, remaining, reset }
  }

  /** A flood of new ids must not take the isolate's memory; the one that has not asked for longest is forgotten. */
  private remember(id: string, count: number): void {
    this.current.delete(id)
    this.current.set(id, count)
    if (this.current.size <= MAX_IDS) return
    for (const oldest of this.current.keys()) {
      this.current.delete(oldest)
      break
    }
  }

  private turn(window: number): void {
    if (window <= this.window) return
    this.previous = window === this.window + 1 ? this.current : new Map()
    this.current = new Map()
    this.window = window
  }
}
