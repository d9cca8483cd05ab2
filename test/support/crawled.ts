/** What tests of a crawl ask, of whichever harness runs the Worker. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PageStatus, SiteInput, SourceStatus, Started } from '../../src/knowledge/sync/source.ts'
import type { Workerd } from './workerd.ts'

type Caller = Pick<Workerd, 'call' | 'baseUrl'>

/** One source of an agent; both names may be chosen, so that tests do not see each other's documents. */
export class Crawled {
  readonly #worker: () => Caller
  readonly #agent: string
  readonly #source: string

  constructor(worker: () => Caller, agentId: string, sourceId = 'src_1') {
    this.#worker = worker
    this.#agent = agentId
    this.#source = sourceId
  }

  call<Result>(method: string, ...values: unknown[]): Promise<Result> {
    return this.#worker().call<Result>('SOURCE_SYNC', `org_1/${this.#agent}/${this.#source}`, method, ...values)
  }

  get owner() {
    return { orgId: 'org_1', agentId: this.#agent, sourceId: this.#source, servedOn: this.#worker().baseUrl }
  }

  start(site: SiteInput): Promise<Started> {
    return this.call('start', { ...this.owner, site: { delay: 0, ...site } })
  }

  async ended(): Promise<SourceStatus> {
    for (;;) {
      const status = await this.call<SourceStatus | undefined>('status')
      if (status && status.state !== 'running') return status
      await sleep(100)
    }
  }

  pages(): Promise<PageStatus[]> {
    return this.call('pages', { limit: 10_000 })
  }

  /** Paths of pages that were left out, with the reason. */
  async skipped(origin: string): Promise<Record<string, string>> {
    const pages = (await this.pages()).filter(({ state }) => state === 'skipped')
    return Object.fromEntries(pages.map(({ url, reason }) => [url.slice(origin.length), reason ?? '']))
  }

  /** URLs of the documents in the agent's index, every document once, sorted. */
  async indexed(): Promise<string[]> {
    type Page = { documents: { id: string; url?: string }[]; hasMore: boolean }
    const urls: string[] = []
    let after: string | undefined
    for (;;) {
      const query = { limit: 200, ...(after ? { after } : {}) }
      const page = await this.index<Page>('listDocuments', query)
      urls.push(...page.documents.map(({ url, id }) => url ?? id))
      after = page.documents.at(-1)?.id
      if (!page.hasMore) return urls.toSorted()
    }
  }

  index<Result>(method: string, ...values: unknown[]): Promise<Result> {
    return this.#worker().call<Result>('KNOWLEDGE', `org_1/${this.#agent}`, method, ...values)
  }
}
