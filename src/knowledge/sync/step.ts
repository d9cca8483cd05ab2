import { FetchFailure } from '../../lib/fetch-failure.ts'
import type { SqlStore } from '../../lib/migrate.ts'
import { type Outbound } from '../../lib/outbound.ts'
import type { Journal } from './journal.ts'
import { stepPairs } from './pairs-run.ts'
import type { Config, Run, Site, SourceStatus, Started } from './source.ts'
import type { Work } from './work.ts'

/** The refusal of a site whose address may not be called; undefined when it may. */
export async function judgeStart(outbound: Outbound, { url }: Site): Promise<Started | undefined> {
  const { requireAllowed } = await import('../../lib/safe-fetch.ts')
  try {
    requireAllowed(outbound, url, true)
    return undefined
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error
    return { started: false, reason: 'refused-url', ...(error.detail ? { detail: error.detail } : {}) }
  }
}

/**
 * One small step of a run, whatever its source is. What reads sites and files is loaded with the first of them: an
 * isolate that only chats does not start with it.
 */
export async function step(
  config: Config,
  work: Work,
  means: { storage: SqlStore; outbound: () => Outbound; signal: AbortSignal },
): Promise<void> {
  const { storage, signal } = means
  switch (config.kind) {
    case 'file':
      return (await import('./file-run.ts')).stepFile({ ...work, config }, storage)
    case 'pairs':
      return stepPairs({ ...work, config }, storage)
    case 'site':
      return (await import('./site-run.ts')).stepSite(
        { ...work, config, outbound: means.outbound(), signal, room: 0 },
        storage,
      )
  }
}

export function statusOf({ kind }: Config, run: Run, journal: Journal): SourceStatus {
  const { added, updated, unchanged, removed } = run
  return {
    kind,
    state: run.state,
    run: run.run,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    syncedAt: run.state === 'finished' ? run.finishedAt : run.syncedAt,
    nextSyncAt: run.nextSyncAt,
    ...journal.holdings(),
    pages: journal.counts(),
    changes: { added, updated, unchanged, removed },
    requests: run.requests,
    bytes: run.bytes,
    limit: run.limit,
    error: run.error,
  }
}
