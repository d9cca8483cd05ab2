import type { Outbound } from '../../lib/outbound.ts'
import type { Scope } from '../crawl/frontier.ts'
import type { Config } from './source.ts'
import type { Work } from './work.ts'

export type SiteConfig = Config & { kind: 'site' }

/** What a step of a crawl works with. */
export type SiteWork = Work & {
  config: SiteConfig
  outbound: Outbound
  /** Fires when the run does not count any more. */
  signal: AbortSignal
  /** New documents that the agent may still get in this step. */
  room: number
}

export const MAX_ATTEMPTS = 3
const RETRY = 2_000

/** Milliseconds until the next attempt: 2 s, 10 s. */
export const backOff = (attempts: number) => RETRY * 5 ** (Math.max(attempts, 1) - 1)

/** Addresses that a run may know: those that bring no document count as well, or a maze would have no end. */
export const frontierSize = ({ config }: SiteWork) => 2 * config.site.maxPages + 50

export function scopeOf({ config, run }: SiteWork): Scope {
  const { include, exclude, maxDepth } = config.site
  return { hosts: run.hosts, include, exclude, maxDepth }
}

/** Writes the run's numbers; to be called in the transaction of the change that they count. */
export function save({ journal, run, isCurrent }: SiteWork): void {
  if (isCurrent()) journal.save(run)
}
