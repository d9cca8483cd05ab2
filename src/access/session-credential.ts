import { getAgent } from '../agents/agents.ts'
import type { Runtime, Scope, Tenant } from '../context.ts'
import type { Credential } from '../http/receive.ts'
import { cookieOf } from '../identity/cookie.ts'
import { requireScope } from '../identity/roles.ts'
import { isSameOrigin } from '../identity/same-origin.ts'
import { findSession } from '../identity/sessions.ts'
import { tenantOf } from '../identity/signed-in.ts'
import { sha256Hex } from '../lib/crypto.ts'
import { problem } from '../lib/problem.ts'

type Question = { token: string; scope: Scope; agentId: string | undefined }

/**
 * The session of a request that a page of our own origin sent. To what any other page makes the browser send, its
 * cookie adds nothing: that request is one without a credential. Throws MISSING_API_KEY, SESSION_REQUIRED.
 */
export async function readSessionCredential(
  runtime: Runtime,
  request: Request,
  scope: Scope,
  agentId: string | undefined,
): Promise<Credential> {
  const token = cookieOf(request)
  if (token === undefined || !isSameOrigin(request)) {
    throw problem(scope === 'profile' ? 'SESSION_REQUIRED' : 'MISSING_API_KEY')
  }
  const limitId = await sha256Hex(token)
  // Always from the database: a role that was taken away or a session that was ended counts at once.
  return { limitId, authenticate: () => authenticate(runtime, { token, scope, agentId }) }
}

async function authenticate(runtime: Runtime, { token, scope, agentId }: Question): Promise<Tenant> {
  const live = await findSession(runtime, token)
  if (!live) throw problem('SESSION_REQUIRED')
  const tenant = await tenantOf(runtime, live)
  if (agentId !== undefined) await getAgent(tenant, agentId)
  requireScope(tenant, scope)
  return tenant
}
