import { isListedOrigin } from '../lib/origin.ts'
import { clientAddress } from './rate-limit.ts'
import { type AppContext, listedOrigins } from './receive.ts'

const EXPOSED = [
  'x-request-id',
  'server-timing',
  'idempotency-replayed',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
].join(', ')

/** Answers a browser's preflight: with permission for listed origins, without it for others. Credentials never. */
export async function preflight(c: AppContext): Promise<Response> {
  await c.var.limits.check('ip', clientAddress(c.req.raw.headers))
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type, accept, idempotency-key, x-client-request-id',
      'access-control-max-age': '600',
    },
  })
}

/** Lets pages of listed origins read the response, errors included. */
export async function allowOrigin(c: AppContext, headers: Headers): Promise<void> {
  headers.append('vary', 'origin')
  const origin = c.req.header('origin')
  const isAllowed =
    origin !== undefined && (c.var.allowedOrigin === origin || isListedOrigin(await listedOrigins(c), origin))
  if (!isAllowed) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', EXPOSED)
}
