import { eq, sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Runtime } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { users } from '../db/schema/identity.ts'
import { sha256Hex } from '../lib/crypto.ts'
import { problem } from '../lib/problem.ts'
import { mailerOf, sendLater } from '../mail/mailer.ts'
import type { Client } from './client.ts'
import { waitForHashSlot } from './hash-slot.ts'
import { linkTo, openLink, sealLink } from './links.ts'
import { resetMail } from './mails.ts'
import { hashPassword } from './password-hash.ts'
import { requireGoodPassword } from './password-rules.ts'
import { endSessions } from './sessions.ts'
import { requireMailRate, requireSignInRate } from './sign-in-limits.ts'
import { type SignedIn, signedIn } from './signed-in.ts'
import { findUser, findUserByEmail, type User } from './users.ts'

const LIFETIME = 30 * 60_000
const content = z.object({ userId: z.string(), state: z.string() })

/**
 * Mails a link for a new password, if the address has an account; whether it has is not told. Throws RATE_LIMITED, and
 * UNAVAILABLE where no mail can be sent.
 */
export async function requestReset(runtime: Runtime, client: Client, email: string): Promise<void> {
  mailerOf(runtime)
  await requireMailRate(runtime, client.address, email)
  const user = await findUserByEmail(runtime, email)
  if (!user) return
  const token = await sealLink(runtime, 'password-reset', { userId: user.id, state: await stateOf(user) }, LIFETIME)
  sendLater(runtime, resetMail(email, linkTo(runtime, '/reset-password', token)))
}

/** Once the password has changed, every link that was made before is void. */
const stateOf = ({ passwordHash }: User) => sha256Hex(passwordHash ?? '')

/**
 * Sets a new password by the link of a mail, ends all sessions and begins one. Throws LINK_INVALID, VALIDATION_FAILED
 * for a weak password, RATE_LIMITED, UNAVAILABLE.
 */
export async function resetPassword(
  runtime: Runtime,
  client: Client,
  token: string,
  password: string,
): Promise<SignedIn> {
  const { userId, state } = await openLink(runtime, 'password-reset', content, token)
  const user = await findUser(runtime, userId)
  if (!user || (await stateOf(user)) !== state) throw problem('LINK_INVALID')
  requireGoodPassword(password, user.email)
  await requireSignInRate(runtime, client.address, `reset ${user.email}`)
  await waitForHashSlot(runtime)
  const passwordHash = await hashPassword(runtime.keyring, password)
  const { db } = runtime
  const emailVerifiedAt = user.emailVerifiedAt ?? new Date(runtime.now())
  const isThis = eq(users.id, user.id)
  // Of two uses of the link at the same moment one is the first.
  const used = sql`select count(*) from ${users} where ${isThis} and ${users.passwordHash} is not ${user.passwordHash}`
  const statements = [
    atMost(db, 0, used),
    db.update(users).set({ passwordHash, emailVerifiedAt }).where(isThis),
    endSessions(runtime, user.id),
  ]
  try {
    return await signedIn(runtime, client, user, { method: 'mail_link', statements })
  } catch (error) {
    throw isOverLimit(error) ? problem('LINK_INVALID') : error
  }
}
