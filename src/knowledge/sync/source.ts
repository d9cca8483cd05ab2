// What a source is and where its sync stands: the shapes that `SourceSync` keeps and tells.

export type SourceOwner = {
  orgId: string
  agentId: string
  sourceId: string
  /** Documents that the agent may have in all, those of other sources included. */
  maxDocuments?: number
}

export type SiteInput = {
  /** Where the crawl starts; its host is the site. */
  url: string
  /** Path patterns (`/docs`, `/docs/*`, `*?print=1`); with none every path is included. */
  include?: string[] | undefined
  exclude?: string[] | undefined
  /** Documents at most; 1 to 2,000. */
  maxPages?: number | undefined
  /** Links from the start; 0 is the start page alone, at most 10. */
  maxDepth?: number | undefined
  maxMinutes?: number | undefined
  /** Received in one run. */
  maxBytes?: number | undefined
  /** Milliseconds between two requests; the site's own robots.txt may ask for more. */
  delay?: number | undefined
  /** Syncs again by itself. */
  everyHours?: number | undefined
}

/** A question as people ask it, and the answer in Markdown. */
export type Pair = { question: string; answer: string; url?: string | undefined }

export type FileInput = {
  name: string
  contentType?: string
  /** In place of the title that the file says. */
  title?: string
  /** Shown with citations. */
  url?: string
}

type Defaulted = Omit<SiteInput, 'everyHours'>

export type Site = { [Name in keyof Defaulted]-?: NonNullable<Defaulted[Name]> } & { everyHours: number | undefined }

export type Config = SourceOwner & {
  /** Origin of the Worker as its caller named it; see `createOutbound`. */
  servedOn: string
} & ({ kind: 'site'; site: Site } | { kind: 'file'; file: FileInput } | { kind: 'pairs' })

/** `servedOn` is the origin that the Worker was called by; it decides with the settings what may be fetched. */
export type StartSite = SourceOwner & { servedOn: string; site: SiteInput }
export type StartFile = SourceOwner & { servedOn: string; file: FileInput }
export type StartPairs = SourceOwner & { servedOn: string; pairs: Pair[] }
export type Started =
  | { started: true; run: number }
  | {
      started: false
      reason: 'refused-url' | 'too-large' | 'empty' | 'running' | 'read-once' | 'unknown' | 'erasing'
      detail?: string
    }

export type RunState = 'running' | 'finished' | 'failed' | 'cancelled' | 'erasing'
export type Limit = 'pages' | 'time' | 'bytes' | 'documents'

/** One row of JSON, written in the same transaction as the page that changed it. */
export type Run = {
  /** Grows by one with every sync. */
  run: number
  state: RunState
  startedAt: number
  finishedAt: number | undefined
  /** End of the last run that was finished. */
  syncedAt: number | undefined
  nextSyncAt: number | undefined
  /** The site wants no request before. */
  notBefore: number
  /** Hosts that count as the site: the start's, and where the start itself redirects to. */
  hosts: string[]
  bytes: number
  requests: number
  added: number
  updated: number
  unchanged: number
  removed: number
  limit: Limit | undefined
  error: { code: string; message: string } | undefined
  /** Steps in a row that broke off with an error of ours. */
  stumbles: number
}

export type PageState = 'pending' | 'done' | 'failed' | 'skipped'

export type PageStatus = {
  /** Where the list goes on. */
  position: number
  url: string
  state: PageState
  title: string | undefined
  reason: string | undefined
  documentId: string | undefined
  chunks: number
  depth: number
  attempts: number
  fetchedAt: number | undefined
}

export type SourceStatus = {
  kind: Config['kind']
  state: RunState
  run: number
  startedAt: number
  finishedAt: number | undefined
  syncedAt: number | undefined
  nextSyncAt: number | undefined
  documents: number
  chunks: number
  pages: Record<PageState, number>
  /** What this run changed in the knowledge. */
  changes: { added: number; updated: number; unchanged: number; removed: number }
  requests: number
  bytes: number
  limit: Limit | undefined
  error: { code: string; message: string } | undefined
}

const HOUR = 3_600_000

/** Every limit has a value after this, and none lies outside its bounds. */
export function toSite(input: SiteInput): Site {
  const { url, include = [], exclude = [], everyHours } = input
  return {
    url,
    include: include.slice(0, 50).map((pattern) => pattern.slice(0, 200)),
    exclude: exclude.slice(0, 50).map((pattern) => pattern.slice(0, 200)),
    maxPages: within(input.maxPages ?? 500, 1, 2_000),
    maxDepth: within(input.maxDepth ?? 5, 0, 10),
    maxMinutes: within(input.maxMinutes ?? 180, 1, 720),
    maxBytes: within(input.maxBytes ?? 500_000_000, 1, 2_000_000_000),
    delay: within(input.delay ?? 500, 0, 10_000),
    everyHours: everyHours === undefined ? undefined : within(everyHours, 1, 24 * 90),
  }
}

const within = (value: number, least: number, most: number) => Math.min(Math.max(Math.trunc(value) || 0, least), most)

/** Epoch milliseconds; undefined for a site that is synced by hand. */
export const nextSync = ({ everyHours }: Site, since: number) =>
  everyHours === undefined ? undefined : since + everyHours * HOUR

/** `before` is the last run, whatever it was of; `hosts` those that are known from it to be the same site. */
export function newRun(config: Config, before: Run | undefined, hosts: string[] | undefined, now: number): Run {
  return {
    run: (before?.run ?? 0) + 1,
    state: 'running',
    startedAt: now,
    finishedAt: undefined,
    syncedAt: before?.state === 'finished' ? before.finishedAt : before?.syncedAt,
    nextSyncAt: config.kind === 'site' ? nextSync(config.site, now) : undefined,
    notBefore: before?.notBefore ?? 0,
    hosts: hosts ?? (config.kind === 'site' ? [new URL(config.site.url).host] : []),
    bytes: 0,
    requests: 0,
    added: 0,
    updated: 0,
    unchanged: 0,
    removed: 0,
    limit: undefined,
    error: undefined,
    stumbles: 0,
  }
}

const STUMBLED = 5_000
const MAX_STUMBLES = 20

/** An error of ours or of the platform: the run goes on a little later, but not for ever. */
export function stumble(run: Run, now: number): void {
  run.stumbles++
  run.notBefore = Math.max(run.notBefore, now + STUMBLED)
  if (run.state !== 'running' || run.stumbles < MAX_STUMBLES) return
  run.state = 'failed'
  run.finishedAt = now
  run.error = { code: 'internal', message: 'Something went wrong on our side.' }
}
