import type { Tenant } from '../context.ts'
import { implement } from '../http/implement.ts'
import { problem } from '../lib/problem.ts'
import { acceptInvitation, findInvitation } from './accept-invitation.ts'
import { authContract } from './auth-contract.ts'
import { clientOf } from './client.ts'
import { identityContract } from './contract.ts'
import { invite, listInvitations, revokeInvitation } from './invitations.ts'
import { changeRole, listMembers, removeMember } from './members.ts'
import { requestReset, resetPassword } from './reset-password.ts'
import { listSessions, revokeSession } from './sessions.ts'
import { signIn, signOut } from './sign-in.ts'
import { confirmSignUp, signUp } from './sign-up.ts'
import type { SignedIn } from './signed-in.ts'
import { switchOrganization } from './switch-organization.ts'
import { findUser, listMemberships } from './users.ts'

export const identityApi = implement(identityContract, {
  getMe: async ({ tenant }) => {
    const { userId, role } = memberOf(tenant)
    const [user, organizations] = await Promise.all([findUser(tenant, userId), listMemberships(tenant, userId)])
    if (!user) throw problem('SESSION_REQUIRED')
    const { id, email, name } = user
    return { user: { id, email, name }, role, organizationId: tenant.org.id, organizations }
  },
  switchOrganization: async ({ tenant, body, reply }) => {
    reply.set('set-cookie', await switchOrganization(tenant, body.organizationId))
    return undefined
  },
  leaveOrganization: async ({ tenant }) => {
    await removeMember(tenant, memberOf(tenant).userId)
    return undefined
  },
  listSessions: async ({ tenant }) => {
    const { userId, sessionId } = memberOf(tenant)
    return { data: await listSessions(tenant, userId, sessionId) }
  },
  revokeSession: async ({ tenant, params }) => {
    await revokeSession(tenant, memberOf(tenant).userId, params.sessionId)
    return undefined
  },
  listMembers: ({ tenant, query }) => listMembers(tenant, query),
  changeRole: async ({ tenant, params, body }) => {
    await changeRole(tenant, params.userId, body.role)
    return undefined
  },
  removeMember: async ({ tenant, params }) => {
    await removeMember(tenant, params.userId)
    return undefined
  },
  createInvitation: ({ tenant, body }) => invite(tenant, body),
  listInvitations: ({ tenant, query }) => listInvitations(tenant, query),
  revokeInvitation: async ({ tenant, params }) => {
    await revokeInvitation(tenant, params.invitationId)
    return undefined
  },
})

export const authApi = implement(authContract, {
  signUp: async ({ runtime, request, body }) => {
    await signUp(runtime, clientOf(request), body)
    return undefined
  },
  confirmSignUp: async ({ runtime, request, reply, body }) =>
    begun(reply, await confirmSignUp(runtime, clientOf(request), body.token)),
  signIn: async ({ runtime, request, reply, body }) => begun(reply, await signIn(runtime, clientOf(request), body)),
  signOut: async ({ runtime, request, reply }) => {
    reply.set('set-cookie', await signOut(runtime, clientOf(request)))
    return undefined
  },
  requestPasswordReset: async ({ runtime, request, body }) => {
    await requestReset(runtime, clientOf(request), body.email)
    return undefined
  },
  resetPassword: async ({ runtime, request, reply, body }) =>
    begun(reply, await resetPassword(runtime, clientOf(request), body.token, body.password)),
  readInvitation: ({ runtime, body }) => findInvitation(runtime, body.token),
  acceptInvitation: async ({ runtime, request, reply, body }) =>
    begun(reply, await acceptInvitation(runtime, clientOf(request), body.token, body.person)),
})

function begun(reply: Headers, { cookie, userId, orgId }: SignedIn) {
  reply.set('set-cookie', cookie)
  return { userId, organizationId: orgId }
}

/** The scope `profile` is held by members alone. */
function memberOf({ actor }: Tenant) {
  if (actor.type !== 'member') throw problem('SESSION_REQUIRED')
  return actor
}
