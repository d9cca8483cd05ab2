import type { AppContext } from './receive.ts'
import { clientAddress } from './rate-limit.ts'

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

/** The agent that a path is about; undefined for other paths. */
function agentIdOf(path: string): string | undefined {
  return /^\/api\/agents\/([^/]+)/.exec(path)?.[1]
}

async function isAllowed(c: AppContext, origin: string): Promise<boolean> {
  const host = new URL(c.req.url).origin
  return c.var.originAllowed(c.env.runtime, agentIdOf(c.req.path), origin, host)
}

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
  if (origin === undefined || !(await isAllowed(c, origin))) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-expose-headers', EXPOSED)
}
