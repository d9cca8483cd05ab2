/**
 * The bundled Worker on workerd with the network as it is. The other harness (worker.ts) sends what the Worker fetches
 * through Node's own fetch, which follows redirects whatever the Worker asked for: no place to test who goes where.
 */
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_readConfig as readConfig } from 'wrangler'
import { applyMigrations } from '../../src/cli/d1-migrations.ts'

const ROOT = join(import.meta.dirname, '../..')

export type WorkerdOptions = {
  /** Folder of the bundled Worker. */
  workerDir: string
  vars: Record<string, string>
  /** Where Durable Objects live on; nowhere unless given. */
  state?: string
}

export type ObjectName = 'SOURCE_SYNC' | 'KNOWLEDGE'
type Objects = { getByName: (name: string) => Record<string, (...values: unknown[]) => Promise<unknown>> }

/** One running Worker. What its objects answer comes back as plain JSON. */
export class Workerd {
  readonly #miniflare: Miniflare
  #hasTables = false
  readonly baseUrl: string

  static async start({ workerDir, vars, state }: WorkerdOptions): Promise<Workerd> {
    const config = readConfig({ config: join(ROOT, 'wrangler.toml') })
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: join(workerDir, 'index.js') }],
        modulesRoot: workerDir,
        compatibilityDate: config.compatibility_date ?? '',
        compatibilityFlags: config.compatibility_flags,
        durableObjects: Object.fromEntries(
          (config.durable_objects.bindings as { name: string; class_name: string }[]).map(({ name, class_name }) => [
            name,
            { className: class_name, useSQLite: true },
          ]),
        ),
        d1Databases: { DB: 'DB' },
        workerLoaders: { LOADER: {} },
        queueProducers: { JOBS: 'jobs' },
        bindings: { ...(config.vars as Record<string, string>), ...vars },
        ...(state === undefined ? {} : { resourcePersistencePath: state }),
      }),
    )
    return new Workerd(miniflare, (await miniflare.ready).origin)
  }

  private constructor(miniflare: Miniflare, baseUrl: string) {
    this.#miniflare = miniflare
    this.baseUrl = baseUrl
  }

  /** Calls a method of a Durable Object. */
  async call<Result>(binding: ObjectName, name: string, method: string, ...values: unknown[]): Promise<Result> {
    const bindings = await this.#miniflare.getBindings<Record<string, Objects>>()
    const result = await bindings[binding]?.getByName(name)[method]?.(...values)
    return (result === undefined ? undefined : JSON.parse(JSON.stringify(result))) as Result
  }

  /** Runs one statement in the database, which gets its tables with the first. */
  async sql(query: string, values: unknown[]): Promise<void> {
    const database = (await this.#miniflare.getD1Database('DB')) as D1Database
    if (!this.#hasTables) await applyMigrations(database)
    this.#hasTables = true
    await database
      .prepare(query)
      .bind(...values)
      .run()
  }

  close(): Promise<void> {
    return this.#miniflare.dispose()
  }
}
