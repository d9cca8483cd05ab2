import { and, eq } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import { users } from '../db/schema/identity.ts'
import { problem } from '../lib/problem.ts'
import type { Client } from './client.ts'
import { sessionCookie } from './cookie.ts'
import * as fields from './fields.ts'
import { waitForHashSlot } from './hash-slot.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { endSession, findSession } from './sessions.ts'
import { requireSignInRate } from './sign-in-limits.ts'
import { originOf, recordFor, type SignedIn, signedIn } from './signed-in.ts'
import { findUserByEmail, type User } from './users.ts'

/**
 * Signs in by e-mail and password. An address that nobody has costs the same work and gets the same answer as a wrong
 * password. Throws SIGN_IN_FAILED, RATE_LIMITED, UNAVAILABLE.
 */
export async function signIn(
  runtime: Runtime,
  client: Client,
  input: { email: string; password: string },
): Promise<SignedIn> {
  const email = fields.email.safeParse(input.email).data ?? ''
  const password = fields.password.safeParse(input.password).data ?? ''
  await requireSignInRate(runtime, client.address, email)
  const user = await findUserByEmail(runtime, email)
  await waitForHashSlot(runtime)
  const { matches, isStale } = await verifyPassword(runtime.keyring, password, user?.passwordHash ?? null)
  if (!user || !matches) {
    // After the answer: its time must not tell whether there was anybody to note it of.
    runtime.waitUntil(noteFailure(runtime, user).catch(() => runtime.log('error', 'sign_in_failure_not_noted')))
    throw problem('SIGN_IN_FAILED')
  }
  if (isStale) await rehash(runtime, user, password)
  return signedIn(runtime, client, user, { method: 'password' })
}

/** Ends the browser's session, and gives the value of Set-Cookie that takes the cookie away. */
export async function signOut(runtime: Runtime, client: Client): Promise<string> {
  const live = client.token === undefined ? undefined : await findSession(runtime, client.token)
  if (client.token !== undefined) await endSession(runtime, client.token)
  const orgId = live?.session.currentOrgId
  if (live && orgId) await write(runtime, orgId, live.user.id, live.session.id, 'session.ended')
  return sessionCookie(originOf(runtime), undefined)
}

/** A row in the organization where the person would have begun; the limit of an account bounds their number. */
async function noteFailure(runtime: Runtime, user: User | undefined): Promise<void> {
  runtime.log('warn', 'sign_in_failed', { userId: user?.id })
  if (user?.lastOrgId) await write(runtime, user.lastOrgId, user.id, '', 'session.refused')
}

async function write(runtime: Runtime, orgId: string, userId: string, sessionId: string, action: string) {
  const [first, ...rest] = recordFor(runtime, orgId, userId, sessionId, action)
  if (first) await runtime.db.batch([first, ...rest])
}

/** With today's parameters and key; only if the password was not changed meanwhile. */
async function rehash(runtime: Runtime, user: User, password: string): Promise<void> {
  await waitForHashSlot(runtime)
  const passwordHash = await hashPassword(runtime.keyring, password)
  const isUnchanged = and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash ?? ''))
  await runtime.db.update(users).set({ passwordHash }).where(isUnchanged)
}
