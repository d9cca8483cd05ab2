import type { Context } from 'hono'
import type { Runtime, Scope, Tenant } from '../context.ts'
import { isListedOrigin } from '../lib/origin.ts'
import { problem } from '../lib/problem.ts'
import { DEFAULT_MAX_BODY_BYTES, type Operation } from './contract.ts'
import { validationProblem } from './errors.ts'
import { checkBodyHeaders, readJson, readUpload } from './raw-body.ts'
import { clientAddress, type RateLimits } from './rate-limit.ts'

/** What a request's key or session proves. `limitId` identifies the key for its rate limit, also before it is looked up. */
export type Credential = {
  limitId: string
  /** `fresh` passes the isolate's memory by and reads the database. */
  authenticate: (options: { fresh: boolean }) => Promise<Tenant>
}

/** What the floors above lend to this one; set by the middleware of app.ts on every request. */
export type Variables = {
  limits: RateLimits
  /** Throws MISSING_API_KEY, INVALID_API_KEY or SESSION_REQUIRED for what cannot be one; no database read. */
  readCredential: (runtime: Runtime, request: Request, scope: Scope, agentId: string | undefined) => Promise<Credential>
  findAllowedOrigins: (runtime: Runtime, agentId: string) => Promise<readonly string[]>
  /** Our own API as a caller meets it, for pages that ask it in a person's name. */
  callApi: (request: Request) => Promise<Response>
  /** The request's origin once it is known to be allowed; the response then lets its page read. */
  allowedOrigin: string | undefined
}
/** Hono's types of every room's router; the runtime is made before the router is asked. */
export type AppEnv = { Bindings: { runtime: Runtime }; Variables: Variables }
export type AppContext = Context<AppEnv>

export type Received = {
  tenant: Tenant
  credential: Credential
  params: Record<string, unknown>
  query: Record<string, unknown>
  body: unknown
}

/**
 * The checks that every operation with a key has in common, cheapest and least telling first: headers (415, 413),
 * address limit (429), key (401), agent (404) and scope (403), origin (403), key limit (429), input (400).
 * Not `fresh` is what this isolate remembers of the key: then the caller has to verify it, and the origin, itself.
 */
export async function receive(c: AppContext, operation: Operation, options = { fresh: true }): Promise<Received> {
  const { limits, readCredential } = c.var
  const { runtime } = c.env
  const { headers } = c.req.raw
  const maxBytes = operation.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const type = operation.body === 'bytes' ? undefined : 'application/json'
  if (operation.body) checkBodyHeaders(headers, maxBytes, type)

  const params: Record<string, string> = c.req.param()
  // Public operations do not come here.
  const scope = operation.scope as Scope
  const addressLimit = runtime.timings.measure('limit', () => limits.check('ip', clientAddress(headers)))
  const reading = readCredential(runtime, c.req.raw, scope, params.agentId)
  const keyLimit = reading.then(({ limitId }) =>
    runtime.timings.measure('keylimit', () => limits.check('key', limitId)),
  )
  // Asked for at the same time, so that a slow Redis delays a request once; told in their order.
  for (const check of [reading, keyLimit]) check.catch(() => undefined)
  await addressLimit
  const credential = await reading
  const tenant = await runtime.timings.measure('auth', () => credential.authenticate(options))
  if (options.fresh) requireOrigin(c, await listedOrigins(c))
  await keyLimit

  return {
    tenant,
    credential,
    params: parseParams(operation, params),
    query: parseQuery(operation, c.req.query()),
    body: await readBody(c.req.raw, operation, maxBytes),
  }
}

/** The checks of an operation that needs no key. A page of another site may read such an operation and send it nothing. */
export async function receivePublic(
  c: AppContext,
  operation: Operation,
): Promise<Omit<Received, 'tenant' | 'credential'>> {
  const { headers } = c.req.raw
  const maxBytes = operation.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  if (operation.body) checkBodyHeaders(headers, maxBytes, operation.body === 'bytes' ? undefined : 'application/json')
  await c.var.limits.check('ip', clientAddress(headers))
  if (operation.method !== 'get') requireOrigin(c, [])
  return {
    params: parseParams(operation, c.req.param()),
    query: parseQuery(operation, c.req.query()),
    body: await readBody(c.req.raw, operation, maxBytes),
  }
}

/** Refuses a web page that is neither ours nor listed. Requests of servers carry no Origin. */
export function requireOrigin(c: AppContext, listed: readonly string[]): void {
  const origin = c.req.header('origin')
  if (origin === undefined) return
  if (origin !== new URL(c.req.url).origin && !isListedOrigin(listed, origin)) throw problem('ORIGIN_NOT_ALLOWED')
  c.set('allowedOrigin', origin)
}

/** The list of the agent that the path is about; other paths have none. */
export async function listedOrigins(c: AppContext): Promise<readonly string[]> {
  const agentId = /^\/api\/agents\/([^/]+)/.exec(c.req.path)?.[1]
  if (c.req.header('origin') === undefined || agentId === undefined) return []
  return c.var.findAllowedOrigins(c.env.runtime, agentId)
}

async function readBody(request: Request, { body }: Operation, maxBytes: number): Promise<unknown> {
  if (body === undefined) return undefined
  if (body === 'bytes') {
    return { bytes: await readUpload(request, maxBytes), contentType: request.headers.get('content-type') ?? undefined }
  }
  const parsed = body.safeParse(await readJson(request, maxBytes))
  if (!parsed.success) throw validationProblem(parsed.error, 'body')
  return parsed.data
}

/** An id that cannot be one names nothing. */
function parseParams(operation: Operation, value: Record<string, string>): Record<string, unknown> {
  const parsed = operation.params?.safeParse(value)
  if (parsed && !parsed.success) throw problem('NOT_FOUND')
  return parsed?.data ?? {}
}

function parseQuery(operation: Operation, value: Record<string, string>): Record<string, unknown> {
  if (!operation.query) return {}
  const parsed = operation.query.safeParse(value)
  if (!parsed.success) throw validationProblem(parsed.error, 'query')
  return parsed.data
}
