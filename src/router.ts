import { Hono } from 'hono'
import { readCredential } from './access/authenticate.ts'
import { findAllowedOrigins } from './agents/origins.ts'
import { allowOrigin, preflight } from './http/cors.ts'
import { problemResponse, toProblem } from './http/errors.ts'
import { drain } from './http/raw-body.ts'
import { RateLimits } from './http/rate-limit.ts'
import type { AppEnv } from './http/receive.ts'
import { problem } from './lib/problem.ts'

/** A router without rooms: what every response has (request id, timing, limits, CORS) is put on it here. */
export function createRouter(): Hono<AppEnv> {
  const router = new Hono<AppEnv>()
  router.use(async (c, next) => {
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

  router.onError(async (error, c) => {
    await drain(c.req.raw)
    const { runtime } = c.env
    return problemResponse(toProblem(error, runtime.log), runtime.requestId, new URL(c.req.url).origin)
  })
  router.notFound((c) => {
    const message = 'There is no such path. GET /openapi.json lists all of them.'
    return problemResponse(problem('NOT_FOUND', { message }), c.env.runtime.requestId, new URL(c.req.url).origin)
  })

  router.options('/api/*', preflight)
  return router
}
