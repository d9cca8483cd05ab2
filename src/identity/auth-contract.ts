import * as z from 'zod'
import { ROLES } from '../context.ts'
import type { Contract } from '../http/contract.ts'
import { email, linkToken, password, personName, workspaceName } from './fields.ts'

/** What signing in answers with, beside the cookie. */
export const signedIn = z
  .strictObject({
    userId: z.string(),
    organizationId: z.string().nullable().meta({ description: 'Null for who is a member of nothing any more' }),
  })
  .meta({ id: 'SignedIn' })

const TAG = 'Sign-in'
const INPUT = ['VALIDATION_FAILED', 'INVALID_JSON', 'ORIGIN_NOT_ALLOWED'] as const
const link = z.strictObject({ token: linkToken })

/** The ways to a session. Public: the verbs count by address and account before they do anything dear. */
export const authContract = {
  signUp: {
    method: 'post',
    path: '/api/auth/sign-up',
    tag: TAG,
    summary: 'Ask for an account; a mail brings the link that makes it',
    description: 'The answer is the same for an address that has an account: then the mail says so.',
    scope: null,
    body: z.strictObject({ email, password, name: personName, workspace: workspaceName }),
    status: 204,
    errors: [...INPUT, 'UNAVAILABLE'],
  },
  confirmSignUp: {
    method: 'post',
    path: '/api/auth/sign-up/confirm',
    tag: TAG,
    summary: 'Make the account of a link, an organization, and a session in it',
    scope: null,
    body: link,
    status: 200,
    response: signedIn,
    errors: [...INPUT, 'LINK_INVALID'],
  },
  signIn: {
    method: 'post',
    path: '/api/auth/sign-in',
    tag: TAG,
    summary: 'Begin a session by e-mail and password',
    scope: null,
    body: z.strictObject({ email: z.string().max(1_024), password }),
    status: 200,
    response: signedIn,
    errors: [...INPUT, 'SIGN_IN_FAILED', 'UNAVAILABLE'],
  },
  signOut: {
    method: 'post',
    path: '/api/auth/sign-out',
    tag: TAG,
    summary: 'End the session of this browser',
    scope: null,
    status: 204,
    errors: ['ORIGIN_NOT_ALLOWED'],
  },
  requestPasswordReset: {
    method: 'post',
    path: '/api/auth/password-reset',
    tag: TAG,
    summary: 'Ask for a mail with a link to choose a new password',
    description: 'The answer is the same whether or not the address has an account.',
    scope: null,
    body: z.strictObject({ email }),
    status: 204,
    errors: [...INPUT, 'UNAVAILABLE'],
  },
  resetPassword: {
    method: 'post',
    path: '/api/auth/password-reset/confirm',
    tag: TAG,
    summary: 'Choose a new password by a link; all other sessions end',
    scope: null,
    body: z.strictObject({ token: linkToken, password }),
    status: 200,
    response: signedIn,
    errors: [...INPUT, 'LINK_INVALID', 'UNAVAILABLE'],
  },
  readInvitation: {
    method: 'post',
    path: '/api/auth/invitation',
    tag: TAG,
    summary: 'Read the invitation of a link',
    scope: null,
    body: link,
    status: 200,
    response: z
      .strictObject({
        organization: z.string(),
        email: z.string(),
        role: z.enum(ROLES),
        invitedBy: z.string().nullable(),
        hasAccount: z.boolean().meta({ description: 'Then they have to sign in first' }),
      })
      .meta({ id: 'InvitationView' }),
    errors: [...INPUT, 'LINK_INVALID'],
  },
  acceptInvitation: {
    method: 'post',
    path: '/api/auth/invitation/accept',
    tag: TAG,
    summary: 'Become a member by the link of an invitation',
    description: 'Who has an account must be signed in to it; everybody else sends a name and a password.',
    scope: null,
    body: z.strictObject({ token: linkToken, person: z.strictObject({ name: personName, password }).optional() }),
    status: 200,
    response: signedIn,
    errors: [...INPUT, 'LINK_INVALID', 'SESSION_REQUIRED', 'UNAVAILABLE'],
  },
} as const satisfies Contract
