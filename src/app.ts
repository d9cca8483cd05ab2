import { Hono } from 'hono'
import { accessApi } from './access/api.ts'
import { readCredential } from './access/authenticate.ts'
import { agentsApi } from './agents/api.ts'
import { findAllowedOrigins } from './agents/origins.ts'
import { chatApi } from './chat/api.ts'
import { contracts } from './contracts.ts'
import { conversationsApi } from './conversations/api.ts'
import { docsApi } from './docs/api.ts'
import { chatMethodPage } from './docs/chat-method-page.ts'
import { allowOrigin, preflight } from './http/cors.ts'
import { problemResponse, toProblem } from './http/errors.ts'
import { honoPath } from './http/implement.ts'
import { drain } from './http/raw-body.ts'
import { RateLimits } from './http/rate-limit.ts'
import type { AppEnv } from './http/receive.ts'
import { knowledgeApi, sourcesApi } from './knowledge/api.ts'
import { problem } from './lib/problem.ts'
import { authApi, identityApi } from './identity/api.ts'
import { oidcApi } from './identity/oidc/api.ts'
import { mailApi } from './mail/api.ts'
import { organizationsApi } from './organizations/api.ts'
import { usageApi } from './usage/api.ts'
import { vaultApi } from './vault/api.ts'

/** The one router. What every response has (request id, timing, limits, CORS) is put on it here. */
export const app = new Hono<AppEnv>()

app.use(async (c, next) => {
  const { runtime } = c.env
  const limits = new RateLimits(runtime)
  c.set('limits', limits)
  c.set('readCredential', readCredential)
  c.set('findAllowedOrigins', findAllowedOrigins)
  await next()
  const { headers } = c.res
  headers.set('x-request-id', runtime.requestId)
  headers.set('x-content-type-options', 'nosniff')
  headers.set('server-timing', runtime.timings.header())
  limits.writeHeaders(headers)
  if (c.req.header('origin') !== undefined) await allowOrigin(c, headers)
})

app.onError(async (error, c) => {
  await drain(c.req.raw)
  const { runtime } = c.env
  return problemResponse(toProblem(error, runtime.log), runtime.requestId, new URL(c.req.url).origin)
})
app.notFound(async (c) => {
  if (isForPeople(c.req.path)) {
    // Loaded with the first page: the chat path's start-up does not pay for it.
    const { dashboard } = await import('./dashboard/dashboard.tsx')
    const callApi = async (request: Request) => app.fetch(request, c.env, c.executionCtx)
    return dashboard.fetch(c.req.raw, { ...c.env, callApi }, c.executionCtx)
  }
  const message = 'There is no such path. GET /openapi.json lists all of them.'
  return problemResponse(problem('NOT_FOUND', { message }), c.env.runtime.requestId, new URL(c.req.url).origin)
})

/** Every path is a page of the dashboard but those that programs call. */
const isForPeople = (path: string) => !/^\/(?:api|docs|dev)(?:\/|$)|\.json$/.test(path)

app.options('/api/*', preflight)

for (const room of [
  chatApi,
  knowledgeApi,
  sourcesApi,
  conversationsApi,
  agentsApi,
  accessApi,
  identityApi,
  authApi,
  oidcApi,
  usageApi,
  organizationsApi,
  vaultApi,
  mailApi,
  docsApi,
]) {
  app.route('/', room)
}

/** A known path with another method is told so, with the methods that it takes. */
const methods = Map.groupBy(Object.values(contracts), ({ path }) => path)
for (const [path, operations] of methods) {
  const allow = operations.map(({ method }) => method.toUpperCase()).join(', ')
  app.all(honoPath(path), (c) => {
    if (path === contracts.chat.path && c.req.header('accept')?.includes('text/html')) {
      return c.html(chatMethodPage(new URL(c.req.url)), 405, { allow })
    }
    throw problem('METHOD_NOT_ALLOWED', { headers: { allow } })
  })
}
