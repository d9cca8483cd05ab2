// Holds one Worker on miniflare, in a process of its own: `node host.ts '{"kind":"product","script":…}'` prints where
// it is reached and which process is its workerd.
import { readArticles } from '../../src/cli/articles.ts'
import { applyMigrations } from '../../src/cli/d1-migrations.ts'
import { SECRETS } from '../support/worker.ts'
import { createWorkspace } from '../support/workspace.ts'
import { SCHEMA } from './bare-schema.ts'
import { compatibility, productOptions, startMiniflare } from './miniflare.ts'
import { LONG } from './models.ts'
import { workerdOf } from './processes.ts'

export type HostRequest = {
  kind: 'product' | 'bare' | 'storage' | 'search' | 'vectors'
  script: string
  state: string
  /** Base URL of the model. */
  upstream: string
  models: string[]
  /** The Chrome DevTools protocol of workerd, to take profiles. */
  inspectorPort?: number
}

/** Where the chat of one model is reached, and with what. */
export type Target = { path: string; key: string }
export type Hosted = { baseUrl: string; pid: number; targets: Record<string, Target> }
// The benchmark was killed: its end is ours and our workerd's. This process leads a group of its own.
process.stdin.once('end', () => process.kill(-process.pid, 'SIGKILL')).resume()

type Options = Parameters<typeof startMiniflare>[0]['options']

const { kind, script, state, upstream, models, inspectorPort } = JSON.parse(process.argv[2] ?? '{}') as HostRequest
const start = (options: Options) => startMiniflare({ script, state, options, inspectorPort })

async function host(): Promise<Omit<Hosted, 'pid'>> {
  const bare = { ...compatibility(), bindings: { UPSTREAM: upstream } }
  const targets = Object.fromEntries(
    models.map((model) => [model, { path: `/?model=${encodeURIComponent(model)}`, key: 'none' }]),
  )
  switch (kind) {
    case 'bare':
      return { baseUrl: (await start(bare)).baseUrl, targets }
    case 'storage': {
      const ledger = { className: 'Ledger', useSQLite: true }
      const { miniflare, baseUrl } = await start({
        ...bare,
        d1Databases: { DB: 'bare' },
        durableObjects: { LEDGER: ledger },
      })
      const db = (await miniflare.getD1Database('DB')) as D1Database
      await db.batch(SCHEMA.map((statement) => db.prepare(statement)))
      return { baseUrl, targets }
    }
    case 'search': {
      const knowledge = { className: 'KnowledgeIndex', useSQLite: true }
      return { baseUrl: (await start({ ...bare, durableObjects: { KNOWLEDGE: knowledge } })).baseUrl, targets: {} }
    }
    case 'vectors': {
      const vectors = { className: 'Vectors', useSQLite: true }
      return { baseUrl: (await start({ ...bare, durableObjects: { VECTORS: vectors } })).baseUrl, targets: {} }
    }
    case 'product':
      return hostProduct()
  }
}

/** The product with everything on, and one agent a model with the demo help centre as its knowledge. */
async function hostProduct() {
  const { miniflare, baseUrl } = await start(
    productOptions({
      ...SECRETS,
      OPENAI_BASE_URL: upstream,
      OPENAI_API_KEY: 'sk-bench',
      DEFAULT_MODEL: LONG,
      // Counted like everywhere, and never reached.
      RATE_LIMIT_PER_IP: '100000000',
      RATE_LIMIT_PER_KEY: '100000000',
    }),
  )
  const DB = (await miniflare.getD1Database('DB')) as D1Database
  await applyMigrations(DB)
  const articles = await readArticles('fernway-supply')
  const targets: Record<string, Target> = {}
  for (const model of models) {
    const space = await createWorkspace({ baseUrl, env: { DB } } as Parameters<typeof createWorkspace>[0], {
      plan: 'business',
      limits: { messages: 1e9, tokens: 1e15 },
      // An agent cannot name a model with `=` in it.
      agent: { behavior: { model: model === LONG ? 'auto' : model } },
    })
    for (const { title, content, format, url } of articles) await space.addDocument(title, content, { format, url })
    targets[model] = { path: space.chatPath, key: space.apiKey }
  }
  return { baseUrl, targets }
}

const hosted: Hosted = { ...(await host()), pid: workerdOf(process.pid) }
console.log(JSON.stringify(hosted))
