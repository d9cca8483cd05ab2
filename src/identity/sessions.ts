import { and, desc, eq, gt, lt, ne, or } from 'drizzle-orm'
import type { Role, Runtime } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { members, sessions, type SignInMethod, users } from '../db/schema/identity.ts'
import { toBase64Url } from '../lib/bytes.ts'
import { sha256Hex } from '../lib/crypto.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import type { Client } from './client.ts'
import type { User } from './users.ts'

type SessionRow = typeof sessions.$inferSelect
/** A session that is alive, and what its person is in its organization; no role when that membership has ended. */
export type LiveSession = { session: SessionRow; user: User; role: Role | null }

const DAY = 24 * 3_600_000
const IDLE = 7 * DAY
const ABSOLUTE = 30 * DAY
const SEEN_INTERVAL = 5 * 60_000
/** 256 random bits in base64url. */
const TOKEN = /^[\w-]{43}$/
const MAX_SESSIONS = 50

const mintToken = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)))

export type NewSession = { userId: string; orgId: string | null; method: SignInMethod }

/** The statements that begin a session, in place of the one that the browser held, and the token for its cookie. */
export async function beginSession(
  runtime: Runtime,
  client: Client,
  { userId, orgId, method }: NewSession,
): Promise<{ token: string; sessionId: string; statements: Statement[] }> {
  const token = mintToken()
  const now = runtime.now()
  const row: SessionRow = {
    id: newId('ses'),
    tokenHash: await sha256Hex(token),
    userId,
    currentOrgId: orgId,
    method,
    address: client.address,
    userAgent: client.userAgent,
    createdAt: new Date(now),
    lastSeenAt: new Date(now),
    expiresAt: new Date(now + ABSOLUTE),
  }
  const statements: Statement[] = [runtime.db.insert(sessions).values(row)]
  if (client.token && TOKEN.test(client.token)) {
    statements.push(runtime.db.delete(sessions).where(eq(sessions.tokenHash, await sha256Hex(client.token))))
  }
  return { token, sessionId: row.id, statements }
}

/** The session of a token; undefined for one that was never given out, has expired or was revoked. */
export async function findSession(runtime: Runtime, token: string): Promise<LiveSession | undefined> {
  if (!TOKEN.test(token)) return undefined
  const isMember = and(eq(members.orgId, sessions.currentOrgId), eq(members.userId, sessions.userId))
  const [row] = await runtime.db
    .select({ session: sessions, user: users, role: members.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .leftJoin(members, isMember)
    .where(and(eq(sessions.tokenHash, await sha256Hex(token)), isAlive(runtime)))
  if (row) noteSeen(runtime, row.session)
  return row
}

const isAlive = (runtime: Runtime) =>
  and(gt(sessions.expiresAt, new Date(runtime.now())), gt(sessions.lastSeenAt, new Date(runtime.now() - IDLE)))

function noteSeen(runtime: Runtime, { id, lastSeenAt }: SessionRow): void {
  const now = runtime.now()
  if (lastSeenAt.getTime() > now - SEEN_INTERVAL) return
  const update = runtime.db
    .update(sessions)
    .set({ lastSeenAt: new Date(now) })
    .where(eq(sessions.id, id))
  runtime.waitUntil(update.run().catch(() => runtime.log('warn', 'session_use_not_noted')))
}

/** Moves a session to another organization under a new token, because what it may do changes with that. */
export async function moveSession(
  runtime: Runtime,
  { id, userId }: Pick<SessionRow, 'id' | 'userId'>,
  orgId: string,
): Promise<string> {
  const token = mintToken()
  const { db } = runtime
  await db.batch([
    db
      .update(sessions)
      .set({ currentOrgId: orgId, tokenHash: await sha256Hex(token) })
      .where(eq(sessions.id, id)),
    db.update(users).set({ lastOrgId: orgId }).where(eq(users.id, userId)),
  ])
  return token
}

export async function listSessions(runtime: Runtime, userId: string, currentId: string) {
  const rows = await runtime.db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isAlive(runtime)))
    .orderBy(desc(sessions.lastSeenAt))
    .limit(MAX_SESSIONS)
  return rows.map(({ id, method, address, userAgent, createdAt, lastSeenAt, expiresAt }) => ({
    id,
    isCurrent: id === currentId,
    method,
    address,
    userAgent,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    expiresAt: new Date(Math.min(expiresAt.getTime(), lastSeenAt.getTime() + IDLE)).toISOString(),
  }))
}

/** Ends a session of this person. Throws NOT_FOUND for any other. */
export async function revokeSession(runtime: Runtime, userId: string, id: string): Promise<void> {
  const isOwn = and(eq(sessions.id, id), eq(sessions.userId, userId))
  const ended = await runtime.db.delete(sessions).where(isOwn).returning({ id: sessions.id })
  if (ended.length === 0) throw problem('NOT_FOUND')
}

/** The statement that ends all sessions of a person, but for the one named. */
export function endSessions(runtime: Runtime, userId: string, exceptId = ''): Statement {
  return runtime.db.delete(sessions).where(and(eq(sessions.userId, userId), ne(sessions.id, exceptId)))
}

/** Ends the session of a token, if there is one. */
export async function endSession(runtime: Runtime, token: string): Promise<void> {
  if (TOKEN.test(token)) await runtime.db.delete(sessions).where(eq(sessions.tokenHash, await sha256Hex(token)))
}

/** Takes away what nobody can use any more. */
export async function forgetDeadSessions(runtime: Runtime): Promise<void> {
  const now = runtime.now()
  const isDead = or(lt(sessions.expiresAt, new Date(now)), lt(sessions.lastSeenAt, new Date(now - IDLE)))
  await runtime.db.delete(sessions).where(isDead)
}
