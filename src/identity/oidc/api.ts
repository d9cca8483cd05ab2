import { Hono } from 'hono'
import { clientAddress } from '../../http/rate-limit.ts'
import type { AppEnv } from '../../http/receive.ts'
import { describeError } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { clientOf } from '../client.ts'
import { flowCookie, flowCookieOf } from '../cookie.ts'
import { NO_WORKSPACE_PATH, safeNext, SIGN_IN_PATH } from '../pages.ts'
import { originOf } from '../signed-in.ts'
import { OidcError } from './errors.ts'
import { beginFlow, CALLBACK_PATH, finishFlow, FLOW_SECONDS } from './flow.ts'
import { signInByProvider } from './sign-in.ts'

/** Signing in by a provider: pages that only redirect, and no operations of the API. */
export const oidcApi = new Hono<AppEnv>()

oidcApi.get('/auth/oidc', async (c) => {
  const { runtime } = c.env
  await c.var.limits.check('ip', clientAddress(c.req.raw.headers))
  return orSignIn(c.env, async () => {
    const { url, sealed } = await beginFlow(runtime, safeNext(c.req.query('next')))
    return redirect(url, flowCookie(originOf(runtime), sealed, FLOW_SECONDS))
  })
})

oidcApi.get(CALLBACK_PATH, async (c) => {
  const { runtime } = c.env
  await c.var.limits.check('ip', clientAddress(c.req.raw.headers))
  return orSignIn(c.env, async () => {
    const { claims, next } = await finishFlow(runtime, new URL(c.req.url), flowCookieOf(c.req.raw))
    const { cookie, orgId } = await signInByProvider(runtime, clientOf(c.req.raw), claims)
    // Who is new and has no invitation to follow makes a workspace first.
    const target = orgId === null && !next.startsWith('/invitation') ? NO_WORKSPACE_PATH : next
    return redirect(target, cookie, flowCookie(originOf(runtime), '', 0))
  })
})

/** What fails at a provider is told on the sign-in page; the library's own words may hold parts of tokens. */
async function orSignIn({ runtime }: AppEnv['Bindings'], work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Problem) throw error
    const reason = error instanceof OidcError ? error.reason : 'failed'
    const code = (error as { code?: unknown } | undefined)?.code
    const told = typeof code === 'string' ? code : describeError(error).split(':')[0]
    runtime.log('warn', 'oidc_failed', { reason, error: told })
    return redirect(`${SIGN_IN_PATH}?error=oidc_${reason}`, flowCookie(originOf(runtime), '', 0))
  }
}

function redirect(location: string, ...cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
