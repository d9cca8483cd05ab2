import * as z from 'zod'
import type { Runtime } from '../context.ts'
import { members, users } from '../db/schema/identity.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { mailerOf, sendLater } from '../mail/mailer.ts'
import { insertOrganization } from '../organizations/organizations.ts'
import type { Client } from './client.ts'
import { waitForHashSlot } from './hash-slot.ts'
import { linkTo, openLink, sealLink } from './links.ts'
import { alreadyHereMail, signUpMail } from './mails.ts'
import { hashPassword } from './password-hash.ts'
import { requireGoodPassword } from './password-rules.ts'
import { requireMailRate, requireSignInRate } from './sign-in-limits.ts'
import { type SignedIn, signedIn } from './signed-in.ts'
import { findUserByEmail, newUser } from './users.ts'

export type SignUpInput = { email: string; password: string; name: string; workspace: string }

const LIFETIME = 24 * 3_600_000
const content = z.object({ email: z.string(), name: z.string(), workspace: z.string(), passwordHash: z.string() })

/**
 * The first half of signing up: a mail with a link. Nothing is stored until the link is followed, so nobody can sit on
 * an address that is not theirs, and the answer is the same whether or not it has an account: the mail tells.
 * Throws VALIDATION_FAILED for a weak password, RATE_LIMITED, UNAVAILABLE (also where no mail can be sent).
 */
export async function signUp(runtime: Runtime, client: Client, input: SignUpInput): Promise<void> {
  const { email, password, name, workspace } = input
  mailerOf(runtime)
  requireGoodPassword(password, email)
  await requireSignInRate(runtime, client.address, email)
  await requireMailRate(runtime, client.address, email)
  await waitForHashSlot(runtime)
  const passwordHash = await hashPassword(runtime.keyring, password)
  const token = await sealLink(runtime, 'sign-up', { email, name, workspace, passwordHash }, LIFETIME)
  const isKnown = (await findUserByEmail(runtime, email)) !== undefined
  sendLater(
    runtime,
    isKnown ? alreadyHereMail(runtime, email) : signUpMail(email, linkTo(runtime, '/sign-up/confirm', token)),
  )
}

/**
 * The second half: makes the person, the organization that they own, and a session. Throws LINK_INVALID, also when the
 * address got an account meanwhile, by this very link for one.
 */
export async function confirmSignUp(runtime: Runtime, client: Client, token: string): Promise<SignedIn> {
  const { email, name, workspace, passwordHash } = await openLink(runtime, 'sign-up', content, token)
  if (await findUserByEmail(runtime, email)) throw problem('LINK_INVALID', { message: USED })
  const now = new Date(runtime.now())
  const orgId = newId('org')
  const user = { ...newUser({ email, name, passwordHash, emailVerifiedAt: now, createdAt: now }), lastOrgId: orgId }
  const statements = [
    runtime.db.insert(users).values(user),
    insertOrganization(runtime, orgId, workspace),
    runtime.db.insert(members).values({ orgId, userId: user.id, role: 'owner', createdAt: now }),
  ]
  try {
    return await signedIn(runtime, client, user, { method: 'mail_link', orgId, statements })
  } catch (error) {
    // Of two clicks at the same moment the address is unique for one.
    if (await findUserByEmail(runtime, email)) throw problem('LINK_INVALID', { message: USED })
    throw error
  }
}

const USED = 'This link was used already. Sign in with your e-mail address and password.'
