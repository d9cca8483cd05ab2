import { and, eq } from 'drizzle-orm'
import type { Runtime } from '../../context.ts'
import type { Statement } from '../../db/client.ts'
import { identities, users } from '../../db/schema/identity.ts'
import type { Client } from '../client.ts'
import * as fields from '../fields.ts'
import { endSessions } from '../sessions.ts'
import { type SignedIn, signedIn } from '../signed-in.ts'
import { findUser, findUserByEmail, newUser, type User } from '../users.ts'
import { OidcError } from './errors.ts'
import type { Claims } from './flow.ts'

/**
 * Signs in whom a provider vouches for: by their identity there, else by the verified address, which is linked to it,
 * else as a new person, who is a member of nothing yet.
 */
export async function signInByProvider(runtime: Runtime, client: Client, claims: Claims): Promise<SignedIn> {
  const linked = await findLinked(runtime, claims)
  if (linked) return signedIn(runtime, client, linked, { method: 'oidc' })
  const parsed = fields.email.safeParse(claims.email)
  if (!parsed.success) throw new OidcError('email')
  const known = await findUserByEmail(runtime, parsed.data)
  const now = new Date(runtime.now())
  const name = fields.personName.safeParse(claims.name).data ?? parsed.data.slice(0, 80)
  const input = { email: parsed.data, name, passwordHash: null, emailVerifiedAt: now, createdAt: now }
  const user = known ?? newUser(input)
  const { issuer, subject } = claims
  const link = runtime.db.insert(identities).values({ issuer, subject, userId: user.id, createdAt: now })
  const statements = [...(known ? takeOver(runtime, known) : [runtime.db.insert(users).values(user)]), link]
  return signedIn(runtime, client, user, { method: 'oidc', statements })
}

async function findLinked(runtime: Runtime, { issuer, subject }: Claims): Promise<User | undefined> {
  const isThis = and(eq(identities.issuer, issuer), eq(identities.subject, subject))
  const [row] = await runtime.db.select({ userId: identities.userId }).from(identities).where(isThis)
  return row && findUser(runtime, row.userId)
}

/**
 * An account whose address nobody has proved may have been made by somebody else, to wait for its owner. Who proves it
 * now gets it alone: its password and its sessions end.
 */
function takeOver(runtime: Runtime, user: User): Statement[] {
  if (user.emailVerifiedAt) return []
  const proved = { passwordHash: null, emailVerifiedAt: new Date(runtime.now()) }
  return [runtime.db.update(users).set(proved).where(eq(users.id, user.id)), endSessions(runtime, user.id)]
}
