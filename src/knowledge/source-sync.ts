import { DurableObject } from 'cloudflare:workers'
import { concatBytes } from '../lib/bytes.ts'
import { createLog, describeError, type Log } from '../lib/log.ts'
import { createOutbound } from '../runtime.ts'
import { createPdfReader } from './pdf-reader.ts'
import { Journal } from './sync/journal.ts'
import { withdrawAll } from './sync/publish.ts'
import { openPairs, readPairs } from './sync/pairs-run.ts'
import { MAX_FILE, openFile, openSite } from './sync/open.ts'
import type { SiteConfig } from './sync/site-work.ts'
import {
  type Config,
  newRun,
  type PageState,
  type PageStatus,
  type Pair,
  nextSync,
  type Run,
  stumble,
  type Site,
  type SourceOwner,
  type SourceStatus,
  type Started,
  type StartFile,
  type StartPairs,
  type StartSite,
  toSite,
} from './sync/source.ts'
import { judgeStart, statusOf, step } from './sync/step.ts'

type Source = { config: Config; run: Run }

/**
 * Set before every step, so that a crash in its middle is made good after so long, however often it happens: the
 * platform gives an alarm up after six failures. A step that lasts longer is not disturbed, alarms come one by one.
 */
const WATCHDOG = 10_000

/**
 * One source of an agent's knowledge: a web site or a file. All that it does stands in its journal before it is done,
 * and one alarm takes small steps along it; so it may be killed at any point and goes on where it was.
 */
export class SourceSync extends DurableObject<Env> {
  #open: Journal | undefined
  #source: Source | undefined
  #step: Promise<void> = Promise.resolve()
  /** Lets go of the pages that are on their way. */
  #abort = new AbortController()
  readonly #log: Log

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#open = new Journal(ctx.storage)
    this.#source = this.#open.read()
    this.#log = createLog(`source:${this.#source?.config.sourceId ?? ctx.id.toString().slice(0, 16)}`)
    void ctx.blockConcurrencyWhile(async () => {
      if (this.#source && (await ctx.storage.getAlarm()) === null) await this.#wake()
    })
  }

  /** Starts, or starts over, the crawl of a site; documents of pages that stay are kept. */
  async start({ site: input, ...owner }: StartSite): Promise<Started> {
    const site = toSite(input)
    const refused = await judgeStart(createOutbound(this.env, owner.servedOn), site)
    if (refused) return refused
    return this.#begin({ ...owner, kind: 'site', site }, (config) => openSite(this.#journal, config as SiteConfig))
  }

  /** Takes the bytes of a file, in parts of any size; they are read by the alarm. */
  async startFile({ file, ...owner }: StartFile, parts: Uint8Array[]): Promise<Started> {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    if (size === 0) return { started: false, reason: 'empty' }
    if (size > MAX_FILE) return { started: false, reason: 'too-large' }
    const bytes = concatBytes(parts)
    return this.#begin({ ...owner, kind: 'file', file }, () => openFile(this.ctx.storage, this.#journal, bytes))
  }

  /** Takes questions with their answers, in place of all that the source had. */
  async startPairs({ pairs, ...owner }: StartPairs): Promise<Started> {
    if (pairs.length === 0) return { started: false, reason: 'empty' }
    return this.#begin({ ...owner, kind: 'pairs' }, () => openPairs(this.ctx.storage, this.#journal, pairs))
  }

  async pairs(): Promise<Pair[]> {
    return readPairs(this.ctx.storage)
  }

  /** Looks at the site again; only what has changed goes to the index. What the plan includes may have changed, too. */
  async sync(maxDocuments?: number): Promise<Started> {
    if (!this.#source) return { started: false, reason: 'unknown' }
    const { config, run } = this.#source
    if (config.kind !== 'site') return { started: false, reason: 'read-once' }
    if (run.state === 'running') return { started: false, reason: 'running' }
    const next = maxDocuments === undefined ? config : { ...config, maxDocuments }
    return this.#begin(next, () => openSite(this.#journal, next))
  }

  /** Holds from the next run on; only when that is changes at once. */
  async configure(site: Site): Promise<void> {
    if (this.#source?.config.kind !== 'site') return
    const { config, run } = this.#source
    const next = { ...config, site }
    run.nextSyncAt = nextSync(site, run.finishedAt ?? run.startedAt)
    this.#journal.write(next, run)
    this.#source = { config: next, run }
    await this.#wake()
  }

  /** Stops the run; what is in the index stays there. False when none was running. */
  async cancel(): Promise<boolean> {
    if (this.#source?.run.state !== 'running') return false
    const { run } = this.#source
    run.state = 'cancelled'
    run.finishedAt = Date.now()
    this.#journal.save(run)
    this.#letGo()
    await this.#wake()
    return true
  }

  async status(): Promise<SourceStatus | undefined> {
    if (!this.#source) return undefined
    const { config, run } = this.#source
    return statusOf(config, run, this.#journal)
  }

  /** In the order they were found; `after` is the `position` of the last one of the page before. */
  async pages(query: { state?: PageState; limit: number; after?: number }): Promise<PageStatus[]> {
    return this.#journal.list(query)
  }

  /** Takes all documents of the source out of the index and forgets the source. If it dies, the alarm goes on. */
  async erase(): Promise<void> {
    if (!this.#source) return
    const { run } = this.#source
    run.state = 'erasing'
    this.#journal.save(run)
    this.#letGo()
    await this.#wake()
    // A put that is on its way would come after its own removal.
    await this.#step
    await this.#exclusively(() => this.#withdrawAll())
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + WATCHDOG)
    try {
      await this.#exclusively(() => this.#advance())
    } catch (error) {
      this.#stumble(error)
    }
    await this.#wake()
  }

  async #begin(config: Config, open: (config: Config) => void): Promise<Started> {
    const before = this.#source
    if (before?.run.state === 'erasing') return { started: false, reason: 'erasing' }
    const isSameSite =
      before?.config.kind === 'site' && config.kind === 'site' && before.config.site.url === config.site.url
    const run = newRun(config, before?.run, isSameSite ? before.run.hosts : undefined, Date.now())
    this.ctx.storage.transactionSync(() => {
      open(config)
      this.#journal.write(config, run)
    })
    this.#source = { config, run }
    this.#letGo()
    await this.#wake()
    return { started: true, run: run.run }
  }

  async #advance(): Promise<void> {
    if (!this.#source) return
    const { config, run } = this.#source
    const now = Date.now()
    if (run.state === 'erasing') return this.#withdrawAll()
    if (run.state !== 'running') {
      if (run.nextSyncAt !== undefined && run.nextSyncAt <= now) await this.sync()
      return
    }
    if (run.notBefore > now) return
    const isCurrent = () => this.#source?.run === run && run.state === 'running'
    const world = { index: this.#index(config), readPdf: createPdfReader(this.env.LOADER), now: () => Date.now() }
    const outbound = () => createOutbound(this.env, config.servedOn)
    const means = { storage: this.ctx.storage, outbound, signal: this.#abort.signal }
    await step(config, { ...world, run, journal: this.#journal, isCurrent }, means)
    run.stumbles = 0
  }

  /** An error of ours or of the platform: the run goes on a little later, but not for ever. */
  #stumble(error: unknown): void {
    this.#log('error', 'sync_step_failed', { error: describeError(error) })
    if (!this.#source) return
    const { run } = this.#source
    stumble(run, Date.now())
    this.#journal.save(run)
  }

  /** One step after the other: an alarm, or an `erase` that a caller waits for. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    const mine = this.#step.then(work)
    this.#step = mine.catch(() => undefined)
    return mine
  }

  async #withdrawAll(): Promise<void> {
    if (!this.#source) return
    await withdrawAll(this.#index(this.#source.config), this.#journal)
    this.#source = undefined
    this.#open = undefined
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
  }

  /** The tables are gone after an erasure and come back with the next use. */
  get #journal(): Journal {
    this.#open ??= new Journal(this.ctx.storage)
    return this.#open
  }

  #letGo(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
  }

  #index({ orgId, agentId }: SourceOwner) {
    return this.env.KNOWLEDGE.getByName(`${orgId}/${agentId}`)
  }

  /** Sets the alarm to when there is something to do next, or to none. */
  async #wake(): Promise<void> {
    const next = this.#nextStep()
    if (next === undefined) await this.ctx.storage.deleteAlarm()
    else await this.ctx.storage.setAlarm(Math.max(next, Date.now()))
  }

  #nextStep(): number | undefined {
    if (!this.#source) return undefined
    const { run } = this.#source
    if (run.state === 'erasing') return Date.now()
    if (run.state !== 'running') return run.nextSyncAt
    return Math.max(run.notBefore, this.#journal.nextDue() ?? 0)
  }
}
