import type { Config, Runtime } from './context.ts'
import { createDatabase, type Database } from './db/client.ts'
import { type Keyring, readKeyring } from './lib/crypto.ts'
import { createLog } from './lib/log.ts'
import { loopbackOrigins, type Outbound } from './lib/outbound.ts'
import { Timings } from './lib/timings.ts'

/** Secrets and optional settings, which `wrangler types` does not see because they are not in wrangler.toml. */
type Settings = Partial<
  Record<
    | 'OPENAI_API_KEY'
    | 'UPSTASH_REDIS_REST_URL'
    | 'UPSTASH_REDIS_REST_TOKEN'
    | 'MODEL_TIMEOUTS_MS'
    | 'PUBLIC_ORIGIN'
    | 'MAIL_MODE'
    | 'MAIL_API_URL'
    | 'MAIL_API_KEY'
    | 'MAIL_FROM'
    | 'OIDC_ISSUER'
    | 'OIDC_CLIENT_ID'
    | 'OIDC_CLIENT_SECRET'
    | `EMBEDDING_${'MODEL' | 'DIMENSIONS' | 'BASE_URL' | 'API_KEY'}`,
    string
  >
>

const readOnce = new WeakMap<object, { config: Config; keyring: Keyring; db: Database }>()

/**
 * The runtime of one request, queue batch or cron tick. Throws when a setting is missing or malformed; the message
 * names the setting and never its value.
 */
export function createRuntime(
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  requestId: string,
  servedOn?: string,
): Runtime {
  let read = readOnce.get(env)
  if (!read) {
    read = { config: readConfig(env), keyring: readKeyring(env), db: createDatabase(env.DB) }
    readOnce.set(env, read)
  }
  return {
    requestId,
    servedOn,
    db: read.db,
    budget: env.BUDGET,
    counter: env.COUNTER,
    knowledge: env.KNOWLEDGE,
    sourceSync: env.SOURCE_SYNC,
    idempotency: env.IDEMPOTENCY,
    jobs: env.JOBS,
    config: read.config,
    keyring: read.keyring,
    timings: new Timings(),
    log: createLog(requestId),
    now: () => Date.now(),
    fetch: (input, init) => fetch(input, init),
    outbound: () => createOutbound(env, servedOn),
    waitUntil: (work) => ctx.waitUntil(work),
  }
}

/** Optional: what calls to addresses of customers may reach, and how they introduce themselves. */
type OutboundSettings = Partial<
  Record<'DNS_RESOLVER_URL' | 'OWN_HOSTS' | 'BOT_PAGE_URL' | 'ALLOW_LOOPBACK_URLS', string>
>

const RESOLVER = 'https://cloudflare-dns.com/dns-query'

/**
 * The way out to addresses that customers gave. `servedOn` is the origin that this Worker was called by: its host is
 * never called back, and only on a loopback host may others on this machine be called.
 */
export function createOutbound(env: Env & OutboundSettings, servedOn: string | undefined): Outbound {
  const loopback = loopbackOrigins(env.ALLOW_LOOPBACK_URLS, servedOn)
  const ownHosts = (env.OWN_HOSTS ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  return {
    fetch: (input, init) => fetch(input, init),
    resolver: env.DNS_RESOLVER_URL || RESOLVER,
    ownHosts: servedOn === undefined ? ownHosts : [...ownHosts, new URL(servedOn).hostname],
    loopback,
    userAgent: `FlexyAgentsBot/0.1${env.BOT_PAGE_URL ? ` (+${env.BOT_PAGE_URL})` : ''}`,
    now: () => Date.now(),
  }
}

/** First token, gap between tokens, whole answer: after these a model call is given up. */
const MODEL_TIMEOUTS = '15000,10000,60000'

function readConfig(env: Env & Settings): Config {
  const [firstToken, gap, total] = (env.MODEL_TIMEOUTS_MS ?? MODEL_TIMEOUTS).split(',').map(Number)
  if (!firstToken || !gap || !total) throw new Error('MODEL_TIMEOUTS_MS must be three numbers: first token, gap, total')
  const url = env.UPSTASH_REDIS_REST_URL
  const token = env.UPSTASH_REDIS_REST_TOKEN
  const openai = {
    apiKey: env.OPENAI_API_KEY || undefined,
    baseUrl: withoutSlash(env.OPENAI_BASE_URL),
    defaultModel: env.DEFAULT_MODEL,
  }
  return {
    openai,
    embedding: readEmbedding(env, openai),
    modelTimeouts: { firstToken, gap, total },
    upstash: url && token ? { url, token } : undefined,
    rateLimits: {
      perIp: positiveInteger('RATE_LIMIT_PER_IP', env.RATE_LIMIT_PER_IP),
      perKey: positiveInteger('RATE_LIMIT_PER_KEY', env.RATE_LIMIT_PER_KEY),
    },
    publicOrigin: env.PUBLIC_ORIGIN ? new URL(env.PUBLIC_ORIGIN).origin : undefined,
    mail: readMail(env),
    oidc: readOidc(env),
  }
}

const MAIL_API = 'https://api.resend.com/emails'

function readMail(env: Settings): Config['mail'] {
  if (env.MAIL_MODE === 'outbox') return { mode: 'outbox' }
  if (env.MAIL_MODE) throw new Error('MAIL_MODE must be outbox or be left out')
  const { MAIL_API_KEY: key, MAIL_FROM: from } = env
  if (!key && !from) return undefined
  if (!key || !from) throw new Error('MAIL_API_KEY and MAIL_FROM belong together')
  return { mode: 'http', url: env.MAIL_API_URL || MAIL_API, key, from }
}

function readOidc(env: Settings): Config['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId } = env
  if (!issuer && !clientId) return undefined
  if (!issuer || !clientId) throw new Error('OIDC_ISSUER and OIDC_CLIENT_ID belong together')
  return { issuer, clientId, clientSecret: env.OIDC_CLIENT_SECRET || undefined }
}
/** Measured at 512: 10,000 chunks in 2.5 ms of a query and 6 MB; OpenAI publishes .7 of a point below all 1,536. */
const EMBEDDING_DIMENSIONS = '512'

/** The provider's key is for the provider: another server of embeddings gets its own key or none. */
function readEmbedding(env: Settings, openai: Config['openai']): Config['embedding'] {
  const model = env.EMBEDDING_MODEL
  if (!model) return undefined
  const baseUrl = withoutSlash(env.EMBEDDING_BASE_URL || openai.baseUrl)
  const apiKey = env.EMBEDDING_API_KEY || (baseUrl === openai.baseUrl ? openai.apiKey : undefined)
  const dimensions = positiveInteger('EMBEDDING_DIMENSIONS', env.EMBEDDING_DIMENSIONS || EMBEDDING_DIMENSIONS)
  if (dimensions > MOST_DIMENSIONS) throw new Error(`EMBEDDING_DIMENSIONS must be at most ${MOST_DIMENSIONS}`)
  return { baseUrl, apiKey, model, dimensions }
}

/** Of text-embedding-3-large. Vectorize takes 1,536. */
const MOST_DIMENSIONS = 3_072

const withoutSlash = (url: string) => url.replace(/\/+$/, '')

function positiveInteger(name: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${name} must be a positive integer`)
  return number
}
