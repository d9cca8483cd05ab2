import type { Config, Runtime } from '../context.ts'
import { problem } from '../lib/problem.ts'
import type { Limiter, Verdict } from './limiter.ts'
import { WINDOW_SECONDS } from './limiter.ts'
import { MemoryLimiter } from './limiter-memory.ts'
import { UpstashLimiter } from './limiter-upstash.ts'

type Policy = 'ip' | 'key'

/** One limiter an isolate: its counts and its circuit breaker outlive the request. */
const limiters = new WeakMap<Config, Limiter>()

function limiterOf(runtime: Runtime): Limiter {
  const { config } = runtime
  let limiter = limiters.get(config)
  if (!limiter) {
    const memory = new MemoryLimiter()
    const { log } = runtime
    // The library's messages hold the command, and so the caller's address: only the class is told.
    limiter = config.upstash
      ? new UpstashLimiter(config.upstash, memory, (error) =>
          log('warn', 'ratelimit_degraded', { error: error instanceof Error ? error.name : typeof error }),
        )
      : memory
    limiters.set(config, limiter)
  }
  return limiter
}

/** A limit of its own for what is dearer than a request: so many in so many seconds for each id. */
export type NamedLimit = { name: string; limit: number; seconds: number }

/** Counts one use; throws RATE_LIMITED with the seconds to wait. No header tells how much of it is left. */
export async function requireRate(runtime: Runtime, policy: NamedLimit, id: string): Promise<void> {
  const { name, limit, seconds } = policy
  const verdict = await limiterOf(runtime).check(`${name}:${id}`, limit, runtime.now(), seconds)
  if (!verdict.allowed) throw problem('RATE_LIMITED', { retryAfter: verdict.reset, extra: { policy: name } })
}

/** The verdicts of one request, told by headers on whatever response it gets. */
export class RateLimits {
  private readonly runtime: Runtime
  private readonly verdicts = new Map<Policy, Verdict>()

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  /** Counts the request; throws RATE_LIMITED with the seconds to wait. */
  async check(policy: Policy, id: string): Promise<void> {
    const { perIp, perKey } = this.runtime.config.rateLimits
    const limit = policy === 'ip' ? perIp : perKey
    const verdict = await limiterOf(this.runtime).check(`${policy}:${id}`, limit, this.runtime.now())
    this.verdicts.set(policy, verdict)
    if (!verdict.allowed) throw problem('RATE_LIMITED', { retryAfter: verdict.reset, extra: { policy } })
  }

  /**
   * `RateLimit` and `RateLimit-Policy` as in the IETF draft (draft-ietf-httpapi-ratelimit-headers-11) and the older
   * x-ratelimit-limit, -remaining and -reset (epoch seconds), all of the policy that has the least left.
   */
  writeHeaders(headers: Headers): void {
    const { perIp, perKey } = this.runtime.config.rateLimits
    let tightest: [Policy, Verdict] | undefined
    for (const entry of this.verdicts) {
      if (!tightest || entry[1].remaining < tightest[1].remaining) tightest = entry
    }
    if (!tightest) return
    const [policy, { limit, remaining, reset }] = tightest
    headers.set('ratelimit-policy', `"ip";q=${perIp};w=${WINDOW_SECONDS}, "key";q=${perKey};w=${WINDOW_SECONDS}`)
    headers.set('ratelimit', `"${policy}";r=${remaining};t=${reset}`)
    headers.set('x-ratelimit-limit', String(limit))
    headers.set('x-ratelimit-remaining', String(remaining))
    headers.set('x-ratelimit-reset', String(Math.floor(this.runtime.now() / 1000) + reset))
  }
}

/** The caller's address: CF-Connecting-IP only (X-Forwarded-For can be forged); an IPv6 address counts as its /64. */
export function clientAddress(headers: Headers): string {
  const address = (headers.get('cf-connecting-ip') ?? 'unknown').replace(/^::ffff:(?=[\d.]+$)/i, '')
  return address.includes(':') ? slash64(address) : address
}

function slash64(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const rest = tail.split(':').filter(Boolean)
    while (groups.length + rest.length < 8) groups.push('0')
    groups.push(...rest)
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
