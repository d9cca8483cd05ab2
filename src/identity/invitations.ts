import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import { type Role, type Runtime, type Tenant, actorId } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { invitations, members, users } from '../db/schema/identity.ts'
import { record } from '../events/record.ts'
import { type NamedLimit, requireRate } from '../http/rate-limit.ts'
import { toBase64Url } from '../lib/bytes.ts'
import { sha256Hex } from '../lib/crypto.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { canSendMail, mailerOf } from '../mail/mailer.ts'
import { linkTo } from './links.ts'
import { invitationMail } from './mails.ts'
import { requireRank } from './roles.ts'
import { seatStatements } from './seats.ts'
import { findUser, findUserByEmail } from './users.ts'

export type InvitationRow = typeof invitations.$inferSelect

const LIFETIME = 7 * 24 * 3_600_000
const MAX_OPEN = 100
const PER_ORGANIZATION: NamedLimit = { name: 'invitations', limit: 50, seconds: 24 * 3_600 }

/** The row of a new invitation and the token of its link, which is stored nowhere. */
export async function newInvitationRow(
  input: Pick<InvitationRow, 'orgId' | 'email' | 'role' | 'mailed' | 'invitedBy' | 'createdAt'>,
): Promise<{ row: InvitationRow; token: string }> {
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
  const expiresAt = new Date(input.createdAt.getTime() + LIFETIME)
  const row = { ...input, id: newId('inv'), tokenHash: await sha256Hex(token), expiresAt, acceptedAt: null }
  return { row, token }
}

/**
 * Invites an address; an open invitation of it is replaced. The link goes by mail, or is given back where none can be
 * sent. Throws INSUFFICIENT_SCOPE for a role above one's own, CONFLICT for a member, RATE_LIMITED, UNAVAILABLE when the
 * mail was not taken.
 */
export async function invite(tenant: Tenant, { email, role }: { email: string; role: Role }) {
  const { db, org } = tenant
  requireRank(tenant, role)
  await requireRate(tenant, PER_ORGANIZATION, org.id)
  const known = await findUserByEmail(tenant, email)
  const mailed = canSendMail(tenant)
  const createdAt = new Date(tenant.now())
  const invitedBy = actorId(tenant.actor)
  const { row, token } = await newInvitationRow({ orgId: org.id, email, role, mailed, invitedBy, createdAt })
  const isMember = and(eq(members.orgId, org.id), eq(members.userId, known?.id ?? ''))
  const open = sql`select count(*) from ${invitations} where ${isOpen(tenant)}`
  const statements: [Statement, ...Statement[]] = [
    atMost(db, 0, sql`select count(*) from ${members} where ${isMember}`),
    db.delete(invitations).where(and(isOpen(tenant), eq(invitations.email, email))),
    db.insert(invitations).values(row),
    atMost(db, MAX_OPEN, open),
    ...seatStatements(tenant),
    ...record(tenant, { action: 'member.invited', target: row.id }),
  ]
  try {
    await db.batch(statements)
  } catch (error) {
    if (!isOverLimit(error)) throw error
    const message = `This address is a member already, or ${MAX_OPEN} invitations are open.`
    throw problem('CONFLICT', { message })
  }
  const link = linkTo(tenant, '/invitation', token)
  if (mailed) await mailInvitation(tenant, row, link)
  return { ...toInvitation(row), link: mailed ? null : link }
}

async function mailInvitation(tenant: Tenant, { email, role, id }: InvitationRow, link: string): Promise<void> {
  const { actor, org } = tenant
  const by = actor.type === 'member' ? (await findUser(tenant, actor.userId))?.name : undefined
  try {
    await mailerOf(tenant).send(invitationMail(email, { by: by ?? org.name, workspace: org.name, role, link }))
  } catch {
    await revokeInvitation(tenant, id)
    tenant.log('error', 'mail_not_sent')
    throw problem('UNAVAILABLE', { message: 'The invitation could not be mailed. Try again.', retryAfter: 10 })
  }
}

export async function listInvitations(tenant: Tenant, query: { limit: number; cursor?: string | undefined }) {
  const before = readCursor('inv', query.cursor)
  const rows = await tenant.db
    .select()
    .from(invitations)
    .where(and(isOpen(tenant), before ? lt(invitations.id, before) : undefined))
    .orderBy(desc(invitations.id))
    .limit(query.limit + 1)
  return toPage(rows.map(toInvitation), query.limit)
}

export async function revokeInvitation(tenant: Tenant, id: string): Promise<void> {
  const { db } = tenant
  const isThis = and(isOpen(tenant), eq(invitations.id, id))
  const [found] = await db.select({ role: invitations.role }).from(invitations).where(isThis)
  if (!found) throw problem('NOT_FOUND')
  requireRank(tenant, found.role)
  await db.batch([
    db.delete(invitations).where(isThis),
    ...record(tenant, { action: 'invitation.revoked', target: id }),
  ])
}

/** The open invitation of a link. Throws LINK_INVALID. */
export async function findOpenInvitation(runtime: Runtime, token: string): Promise<InvitationRow> {
  const isThis = eq(invitations.tokenHash, await sha256Hex(token))
  const isUsable = and(isThis, isNull(invitations.acceptedAt), gt(invitations.expiresAt, new Date(runtime.now())))
  const [row] = await runtime.db.select().from(invitations).where(isUsable)
  if (!row) throw problem('LINK_INVALID')
  return row
}

/** The statements that use an invitation up and make the membership; the first undoes them when it was used before. */
export function acceptStatements(runtime: Runtime, row: InvitationRow, userId: string): Statement[] {
  const { db } = runtime
  const now = new Date(runtime.now())
  const isThis = and(eq(invitations.orgId, row.orgId), eq(invitations.id, row.id))
  const open = sql`select count(*) from ${invitations} where ${isThis} and ${invitations.acceptedAt} is null`
  return [
    atMost(db, 0, sql`select 1 - (${open})`),
    db.update(invitations).set({ acceptedAt: now }).where(isThis),
    db.insert(members).values({ orgId: row.orgId, userId, role: row.role, createdAt: now }).onConflictDoNothing(),
    db.update(users).set({ lastOrgId: row.orgId }).where(eq(users.id, userId)),
  ]
}

const isOpen = (tenant: Tenant) =>
  and(
    eq(invitations.orgId, tenant.org.id),
    isNull(invitations.acceptedAt),
    gt(invitations.expiresAt, new Date(tenant.now())),
  )

function toInvitation({ id, email, role, invitedBy, createdAt, expiresAt }: InvitationRow) {
  return { id, email, role, invitedBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() }
}
