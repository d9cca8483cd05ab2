import type { Ratelimit } from '@upstash/ratelimit'
import { type Limiter, type Verdict, WINDOW_SECONDS } from './limiter.ts'

const TIMEOUT = 200
const BREAKER_FAILURES = 3
const BREAKER_PAUSE = 10_000

/**
 * Counts in Upstash Redis, shared by all isolates. When Redis hangs, refuses or answers rubbish the fallback limiter
 * decides with the same numbers; after three failures in a row Redis is not asked for ten seconds, so that requests
 * do not pay the timeout each.
 */
export class UpstashLimiter implements Limiter {
  private readonly settings: { url: string; token: string }
  private readonly fallback: Limiter
  private readonly onFailure: (error: unknown) => void
  private readonly instances = new Map<string, Ratelimit>()
  private failures = 0
  private pausedUntil = 0

  constructor(settings: { url: string; token: string }, fallback: Limiter, onFailure: (error: unknown) => void) {
    this.settings = settings
    this.fallback = fallback
    this.onFailure = onFailure
  }

  async check(id: string, limit: number, now: number, seconds = WINDOW_SECONDS): Promise<Verdict> {
    if (now < this.pausedUntil) return this.fallback.check(id, limit, now, seconds)
    try {
      const answer = await (await this.ratelimit(limit, seconds)).limit(id)
      // The library calls a timeout a success; a limit that a slow Redis switches off is none.
      if (answer.reason === 'timeout') throw new Error('timeout')
      this.failures = 0
      const reset = Math.max(1, Math.ceil((answer.reset - now) / 1000))
      return { allowed: answer.success, limit, remaining: Math.max(0, answer.remaining), reset }
    } catch (error) {
      this.failures++
      if (this.failures >= BREAKER_FAILURES) {
        this.failures = 0
        this.pausedUntil = now + BREAKER_PAUSE
      }
      this.onFailure(error)
      return this.fallback.check(id, limit, now, seconds)
    }
  }

  /** The libraries are 28 KB gzip and loaded only where Redis is configured. */
  private async ratelimit(limit: number, seconds: number): Promise<Ratelimit> {
    const name = `${limit}/${seconds}`
    const ready = this.instances.get(name)
    if (ready) return ready
    const [{ Ratelimit }, { Redis }] = await Promise.all([
      import('@upstash/ratelimit'),
      import('@upstash/redis/cloudflare'),
    ])
    const instance = new Ratelimit({
      // No pipelining: it would send the command of one request in the I/O context of another.
      redis: new Redis({ ...this.settings, retry: false, enableTelemetry: false, enableAutoPipelining: false }),
      limiter: Ratelimit.slidingWindow(limit, `${seconds} s`),
      prefix: 'fxa',
      timeout: TIMEOUT,
      ephemeralCache: new Map(),
    })
    this.instances.set(name, instance)
    return instance
  }
}
