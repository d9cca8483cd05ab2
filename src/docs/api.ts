import { Hono } from 'hono'
import { implement } from '../http/implement.ts'
import type { AppEnv } from '../http/receive.ts'
import { docsContract } from './contract.ts'
import { errorsPage } from './errors-page.ts'

const contracted = implement(docsContract, {
  getHealth: async () => ({ status: 'ok' as const }),
  // Loaded when asked for: the chat path's start-up does not pay for it.
  getOpenApi: async () => (await import('../../openapi.json')).default,
})

/** Pages without scripts, frames or foreign content. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'public, max-age=300',
}

export const docsApi = new Hono<AppEnv>()
  .route('/', contracted)
  .get('/docs/errors', (c) => c.html(errorsPage(), 200, PAGE_HEADERS))
