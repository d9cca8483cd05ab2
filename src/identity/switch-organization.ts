import type { Runtime, Tenant } from '../context.ts'
import { members } from '../db/schema/identity.ts'
import { type NamedLimit, requireRate } from '../http/rate-limit.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { insertOrganization } from '../organizations/organizations.ts'
import { sessionCookie } from './cookie.ts'
import { moveSession } from './sessions.ts'
import { originOf, recordFor } from './signed-in.ts'
import { findRole } from './users.ts'

/** Moves the session to another organization of its person; gives the value of Set-Cookie. Throws NOT_FOUND. */
export async function switchOrganization(tenant: Tenant, orgId: string): Promise<string> {
  const { actor } = tenant
  if (actor.type !== 'member') throw problem('SESSION_REQUIRED')
  const { userId, sessionId: id } = actor
  if (!(await findRole(tenant, orgId, userId))) throw problem('NOT_FOUND')
  return sessionCookie(originOf(tenant), await moveSession(tenant, { id, userId }, orgId))
}

const NEW_WORKSPACES: NamedLimit = { name: 'new-workspaces', limit: 5, seconds: 24 * 3_600 }

/** Makes an organization that the person owns, and moves their session there; gives the value of Set-Cookie. */
export async function createWorkspace(
  runtime: Runtime,
  session: { id: string; userId: string },
  name: string,
): Promise<string> {
  const { userId } = session
  await requireRate(runtime, NEW_WORKSPACES, userId)
  const { db } = runtime
  const orgId = newId('org')
  await db.batch([
    insertOrganization(runtime, orgId, name),
    db.insert(members).values({ orgId, userId, role: 'owner', createdAt: new Date(runtime.now()) }),
    ...recordFor(runtime, orgId, userId, session.id, 'organization.created'),
  ])
  return sessionCookie(originOf(runtime), await moveSession(runtime, session, orgId))
}
