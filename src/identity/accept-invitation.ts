import { and, eq, isNull } from 'drizzle-orm'
import type { Role, Runtime } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { isOverLimit } from '../db/row-limit.ts'
import { users } from '../db/schema/identity.ts'
import { problem } from '../lib/problem.ts'
import { findOrganizationNames } from '../organizations/organizations.ts'
import type { Client } from './client.ts'
import { waitForHashSlot } from './hash-slot.ts'
import { acceptStatements, findOpenInvitation, type InvitationRow } from './invitations.ts'
import { hashPassword } from './password-hash.ts'
import { requireGoodPassword } from './password-rules.ts'
import { findSession } from './sessions.ts'
import { requireSignInRate } from './sign-in-limits.ts'
import { recordFor, type SignedIn, signedIn } from './signed-in.ts'
import { findUser, findUserByEmail, newUser, type User } from './users.ts'

export type InvitationView = {
  organization: string
  email: string
  role: Role
  /** Null for an invitation that the operator or a key made. */
  invitedBy: string | null
  /** Then they have to sign in first; else they choose a name and a password. */
  hasAccount: boolean
}

/** What the page of an invitation's link shows. Throws LINK_INVALID. */
export async function findInvitation(runtime: Runtime, token: string): Promise<InvitationView> {
  const { orgId, email, role, invitedBy } = await findOpenInvitation(runtime, token)
  const [names, inviter, account] = await Promise.all([
    findOrganizationNames(runtime, [orgId]),
    findUser(runtime, invitedBy),
    findUserByEmail(runtime, email),
  ])
  const organization = names.get(orgId) ?? ''
  return { organization, email, role, invitedBy: inviter?.name ?? null, hasAccount: account !== undefined }
}

/**
 * Makes the person of an invitation's link a member, and begins a session there. Who has an account must be signed in
 * to it; everybody else chooses a name and a password. Throws LINK_INVALID, SESSION_REQUIRED, VALIDATION_FAILED,
 * RATE_LIMITED, UNAVAILABLE.
 */
export async function acceptInvitation(
  runtime: Runtime,
  client: Client,
  token: string,
  person: { name: string; password: string } | undefined,
): Promise<SignedIn> {
  const row = await findOpenInvitation(runtime, token)
  const known = await findUserByEmail(runtime, row.email)
  if (known) await requireSignedInAs(runtime, client, known)
  const user = known ?? (await makeUser(runtime, client, row, person))
  const statements = [
    ...(known ? verified(runtime, row, known) : [runtime.db.insert(users).values(user)]),
    ...acceptStatements(runtime, row, user.id),
    ...recordFor(runtime, row.orgId, user.id, '', 'member.joined'),
  ]
  try {
    return await signedIn(runtime, client, user, { method: 'mail_link', orgId: row.orgId, statements })
  } catch (error) {
    // Of two clicks at the same moment one is the first.
    if (isOverLimit(error) || (!known && (await findUserByEmail(runtime, row.email)))) throw problem('LINK_INVALID')
    throw error
  }
}

async function requireSignedInAs(runtime: Runtime, client: Client, user: User): Promise<void> {
  const live = client.token === undefined ? undefined : await findSession(runtime, client.token)
  if (live?.user.id === user.id) return
  throw problem('SESSION_REQUIRED', { message: `Sign in as ${user.email} to accept this invitation.` })
}

async function makeUser(
  runtime: Runtime,
  client: Client,
  { email, mailed, orgId }: InvitationRow,
  person: { name: string; password: string } | undefined,
): Promise<User> {
  if (!person) throw problem('VALIDATION_FAILED', { message: 'name: choose a name and a password', param: 'name' })
  requireGoodPassword(person.password, email)
  await requireSignInRate(runtime, client.address, email)
  await waitForHashSlot(runtime)
  const passwordHash = await hashPassword(runtime.keyring, person.password)
  const createdAt = new Date(runtime.now())
  const user = newUser({
    email,
    name: person.name,
    passwordHash,
    emailVerifiedAt: mailed ? createdAt : null,
    createdAt,
  })
  return { ...user, lastOrgId: orgId }
}

/** Whoever followed a link out of the mailbox has the mailbox. */
function verified(runtime: Runtime, { mailed }: InvitationRow, { id }: User): Statement[] {
  const isUnverified = and(eq(users.id, id), isNull(users.emailVerifiedAt))
  if (!mailed) return []
  return [
    runtime.db
      .update(users)
      .set({ emailVerifiedAt: new Date(runtime.now()) })
      .where(isUnverified),
  ]
}
