import type { Runtime, Tenant } from '../context.ts'
import { tenantFromSession } from '../context.ts'
import type { Statement } from '../db/client.ts'
import type { SignInMethod } from '../db/schema/identity.ts'
import { record } from '../events/record.ts'
import { findOrganization } from '../organizations/organizations.ts'
import type { Client } from './client.ts'
import { sessionCookie } from './cookie.ts'
import { problem } from '../lib/problem.ts'
import { ROLE_SCOPES } from './roles.ts'
import { beginSession, type LiveSession } from './sessions.ts'
import { listMemberships, type User } from './users.ts'

/** What a verb that signs somebody in gives back: the value of Set-Cookie, and who it is for. */
export type SignedIn = { cookie: string; userId: string; sessionId: string; orgId: string | null }

type Options = {
  method: SignInMethod
  /** Where the session begins; left out: where the person was last. */
  orgId?: string
  /** Changes that belong to it, in the same transaction. */
  statements?: Statement[]
}

/** Begins a session in place of the one that the browser held, with an audit row in the organization it begins in. */
export async function signedIn(runtime: Runtime, client: Client, user: User, options: Options): Promise<SignedIn> {
  const { method, statements = [] } = options
  const orgId = options.orgId ?? (await startingPoint(runtime, user))
  const begun = await beginSession(runtime, client, { userId: user.id, orgId, method })
  const cookie = sessionCookie(originOf(runtime), begun.token)
  const { sessionId } = begun
  const [first, ...rest] = [...statements, ...begun.statements, ...audit(runtime, user, orgId, sessionId)]
  if (first) await runtime.db.batch([first, ...rest])
  return { cookie, userId: user.id, sessionId, orgId }
}

async function startingPoint(runtime: Runtime, user: User): Promise<string | null> {
  const memberships = await listMemberships(runtime, user.id)
  return (memberships.find(({ id }) => id === user.lastOrgId) ?? memberships[0])?.id ?? null
}

function audit(runtime: Runtime, user: User, orgId: string | null, sessionId: string): Statement[] {
  if (orgId === null) return []
  return recordFor(runtime, orgId, user.id, sessionId, 'session.began')
}

/** An audit row of what a person did about their own account, in the organization where it shows. */
export function recordFor(
  runtime: Runtime,
  orgId: string,
  userId: string,
  sessionId: string,
  action: string,
): Statement[] {
  const actor = { type: 'member', userId, sessionId, role: 'viewer', scopes: [] } as const
  // The row needs the organization's id and no more of it.
  const org = { id: orgId, name: '', plan: '', inference: 'hosted', limitOverrides: {}, version: 0 } as const
  return record(tenantFromSession(runtime, org, actor), { action, target: userId })
}

/** The organization of a session as its member sees it. Throws SESSION_REQUIRED when the membership has ended. */
export async function tenantOf(runtime: Runtime, { session, user, role }: LiveSession): Promise<Tenant> {
  const { id: sessionId, currentOrgId } = session
  const org = role && currentOrgId ? await findOrganization(runtime, currentOrgId) : undefined
  if (!org || !role) {
    throw problem('SESSION_REQUIRED', { message: 'You are no longer a member of this organization.' })
  }
  return tenantFromSession(runtime, org, {
    type: 'member',
    userId: user.id,
    sessionId,
    role,
    scopes: ROLE_SCOPES[role],
  })
}

/** The origin that this Worker was called by. Verbs that set a cookie run in requests only. */
export function originOf({ servedOn }: Runtime): string {
  if (servedOn === undefined) throw new Error('there is no request')
  return servedOn
}
