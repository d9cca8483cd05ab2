import * as z from 'zod'
import { ROLES } from '../context.ts'
import type { Contract } from '../http/contract.ts'
import { idParam, page, pageQuery, timestamp } from '../http/schemas.ts'
import { email } from './fields.ts'

const role = z.enum(ROLES).meta({ description: 'From who may only look to who may do everything' })

export const member = z
  .strictObject({ id: z.string(), email: z.string(), name: z.string(), role, joinedAt: timestamp })
  .meta({ id: 'Member' })

const invitationFields = {
  id: z.string(),
  email: z.string(),
  role,
  invitedBy: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp,
}
export const invitation = z.strictObject(invitationFields).meta({ id: 'Invitation' })
export const newInvitation = z
  .strictObject({
    ...invitationFields,
    link: z.string().nullable().meta({ description: 'To hand over; null when it was sent by mail' }),
  })
  .meta({ id: 'NewInvitation' })

export const session = z
  .strictObject({
    id: z.string(),
    isCurrent: z.boolean(),
    method: z.enum(['password', 'mail_link', 'oidc']),
    address: z.string(),
    userAgent: z.string(),
    createdAt: timestamp,
    lastSeenAt: timestamp,
    expiresAt: timestamp,
  })
  .meta({ id: 'Session' })

export const me = z
  .strictObject({
    user: z.strictObject({ id: z.string(), email: z.string(), name: z.string() }),
    role,
    organizationId: z.string(),
    organizations: z.array(z.strictObject({ id: z.string(), name: z.string(), role })),
  })
  .meta({ id: 'Me' })

const memberParams = z.strictObject({ userId: idParam('usr', 'usr_01k9x8') })
const invitationParams = z.strictObject({ invitationId: idParam('inv', 'inv_01k9x8') })
const sessionParams = z.strictObject({ sessionId: idParam('ses', 'ses_01k9x8') })

const ACCOUNT = 'Account'
const MEMBERS = 'Members'

export const identityContract = {
  getMe: {
    method: 'get',
    path: '/api/me',
    tag: ACCOUNT,
    summary: 'Who has signed in, and in which organizations they are',
    description: 'For sessions only, as everything below `/api/me`.',
    scope: 'profile',
    status: 200,
    response: me,
    errors: [],
  },
  switchOrganization: {
    method: 'put',
    path: '/api/me/organization',
    tag: ACCOUNT,
    summary: 'Move the session to another organization of yours',
    description: 'The session goes on under a new cookie.',
    scope: 'profile',
    body: z.strictObject({ organizationId: z.string().max(64) }),
    status: 204,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND'],
  },
  leaveOrganization: {
    method: 'delete',
    path: '/api/me/organization',
    tag: ACCOUNT,
    summary: 'End your own membership of this organization',
    scope: 'profile',
    status: 204,
    errors: ['CONFLICT'],
  },
  listSessions: {
    method: 'get',
    path: '/api/me/sessions',
    tag: ACCOUNT,
    summary: 'List your sessions, the one used last first',
    scope: 'profile',
    status: 200,
    response: z.strictObject({ data: z.array(session) }),
    errors: [],
  },
  revokeSession: {
    method: 'delete',
    path: '/api/me/sessions/{sessionId}',
    tag: ACCOUNT,
    summary: 'End one of your sessions at once',
    scope: 'profile',
    params: sessionParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
  listMembers: {
    method: 'get',
    path: '/api/members',
    tag: MEMBERS,
    summary: 'List the members of the organization',
    scope: 'members:read',
    query: pageQuery,
    status: 200,
    response: page(member),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR'],
  },
  changeRole: {
    method: 'patch',
    path: '/api/members/{userId}',
    tag: MEMBERS,
    summary: 'Change the role of a member',
    description:
      'It holds for the next request. Nobody gives or takes a role above their own; a key counts as an admin.',
    scope: 'members:write',
    params: memberParams,
    body: z.strictObject({ role }),
    status: 204,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'CONFLICT'],
  },
  removeMember: {
    method: 'delete',
    path: '/api/members/{userId}',
    tag: MEMBERS,
    summary: 'Remove a member at once',
    scope: 'members:write',
    params: memberParams,
    status: 204,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  createInvitation: {
    method: 'post',
    path: '/api/invitations',
    tag: MEMBERS,
    summary: 'Invite somebody by e-mail',
    description:
      'The link works once, for 7 days. A new invitation of the same address takes the place of the old one.',
    scope: 'members:write',
    body: z.strictObject({ email, role }),
    status: 201,
    response: newInvitation,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'CONFLICT'],
  },
  listInvitations: {
    method: 'get',
    path: '/api/invitations',
    tag: MEMBERS,
    summary: 'List the open invitations, newest first',
    scope: 'members:read',
    query: pageQuery,
    status: 200,
    response: page(invitation),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR'],
  },
  revokeInvitation: {
    method: 'delete',
    path: '/api/invitations/{invitationId}',
    tag: MEMBERS,
    summary: 'Withdraw an invitation',
    scope: 'members:write',
    params: invitationParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
