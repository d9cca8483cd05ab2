import type { Database } from './db/client.ts'
import type { Keyring } from './lib/crypto.ts'
import type { Log } from './lib/log.ts'
import type { Outbound } from './lib/outbound.ts'
import type { Timings } from './lib/timings.ts'

/** What a key or a member may do. A connection key (bound to one agent) may hold only those of `AGENT_SCOPES`. */
export const SCOPES = [
  'chat',
  'knowledge:read',
  'knowledge:write',
  'conversations:read',
  'agents:read',
  'agents:write',
  'keys:read',
  'keys:write',
  'organization:read',
  'organization:write',
  'members:read',
  'members:write',
  'audit:read',
  'billing:read',
  'billing:write',
] as const
export const AGENT_SCOPES = ['chat', 'knowledge:read', 'knowledge:write', 'conversations:read'] as const
export type KeyScope = (typeof SCOPES)[number]
/** `profile` is a person's own account: every member has it and no key can. */
export type Scope = KeyScope | 'profile'

/** What a member of an organization is there, from the lowest; `identity/roles.ts` says which scopes that means. */
export const ROLES = ['viewer', 'agent', 'builder', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]

/** Live and test keys of one organization see different conversations. */
export type Environment = 'live' | 'test'

/** Settings read from the Worker's variables once per isolate. */
export type Config = {
  openai: { apiKey: string | undefined; baseUrl: string; defaultModel: string }
  /** Undefined: knowledge is searched by words only. */
  embedding: { baseUrl: string; apiKey: string | undefined; model: string; dimensions: number } | undefined
  modelTimeouts: { firstToken: number; gap: number; total: number }
  upstash: { url: string; token: string } | undefined
  rateLimits: { perIp: number; perKey: number }
  /** Origin that links in mails begin with; undefined: mails are sent on a loopback host only, and lead there. */
  publicOrigin: string | undefined
  /** Undefined: there is no way to send mail. */
  mail: { mode: 'outbox' } | { mode: 'http'; url: string; key: string; from: string } | undefined
  oidc: { issuer: string; clientId: string; clientSecret: string | undefined } | undefined
}

/** Everything business code may use of the world: bindings as services, the clock, the log. Made per request or job. */
export type Runtime = {
  requestId: string
  /** Origin that the Worker was called by; undefined in jobs. Its host is never called back. */
  servedOn: string | undefined
  db: Database
  budget: Env['BUDGET']
  counter: Env['COUNTER']
  knowledge: Env['KNOWLEDGE']
  sourceSync: Env['SOURCE_SYNC']
  idempotency: Env['IDEMPOTENCY']
  jobs: Env['JOBS']
  config: Config
  keyring: Keyring
  timings: Timings
  log: Log
  now: () => number
  fetch: typeof fetch
  /** The way out to addresses that customers gave, for `safeFetch`. */
  outbound: () => Outbound
  /** Lets work go on after the response; at most 30 seconds after the client has left. */
  waitUntil: (work: Promise<unknown>) => void
}

/** Who is acting. Closed on purpose: audit and permission code switches over it without a default. */
export type Actor =
  | { type: 'key'; keyId: string; agentId: string | undefined; scopes: readonly Scope[]; environment: Environment }
  | { type: 'member'; userId: string; sessionId: string; role: Role; scopes: readonly Scope[] }
  | { type: 'job'; name: string }

/** The door that conversations and usage are counted by. `tester`: a member tried the agent out. */
export type Channel = 'api' | 'tester'
export const channelOf = (actor: Actor): Channel => (actor.type === 'member' ? 'tester' : 'api')

/** The id that audit rows and stored answers know the actor by. */
export function actorId(actor: Actor): string {
  switch (actor.type) {
    case 'key':
      return actor.keyId
    case 'member':
      return actor.userId
    case 'job':
      return actor.name
  }
}

export type Organization = {
  id: string
  name: string
  plan: string
  inference: 'hosted' | 'byok'
  /** Contract limits that replace the plan's; null in a field means: as the plan says. */
  limitOverrides: { messages?: number | undefined; tokens?: number | undefined }
  /** Grows with every change of the organization, its agents and its keys. */
  version: number
}

declare const made: unique symbol

/** An organization as seen by one actor. Only the `tenantFrom…` functions make one, so no code can forget tenancy. */
export type Tenant = Runtime & { readonly org: Organization; readonly actor: Actor; readonly [made]: true }

export function tenantFromKey(runtime: Runtime, org: Organization, actor: Extract<Actor, { type: 'key' }>): Tenant {
  return { ...runtime, org, actor } as Tenant
}

export function tenantFromSession(
  runtime: Runtime,
  org: Organization,
  actor: Extract<Actor, { type: 'member' }>,
): Tenant {
  return { ...runtime, org, actor } as Tenant
}

export function tenantFromJob(runtime: Runtime, org: Organization, name: string): Tenant {
  return { ...runtime, org, actor: { type: 'job', name } } as Tenant
}
