import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Role, Tenant } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import type { Statement } from '../db/client.ts'
import { members, users } from '../db/schema/identity.ts'
import { record } from '../events/record.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { problem } from '../lib/problem.ts'
import { requireRank } from './roles.ts'
import { findRole } from './users.ts'

type PageQuery = { limit: number; cursor?: string | undefined }

/** The members of the organization in the order in which their accounts were made. */
export async function listMembers(tenant: Tenant, query: PageQuery) {
  const after = readCursor('usr', query.cursor)
  const rows = await tenant.db
    .select({ id: users.id, email: users.email, name: users.name, role: members.role, joinedAt: members.createdAt })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.orgId, tenant.org.id), after ? gt(members.userId, after) : undefined))
    .orderBy(asc(members.userId))
    .limit(query.limit + 1)
  return toPage(
    rows.map((row) => ({ ...row, joinedAt: row.joinedAt.toISOString() })),
    query.limit,
  )
}

/** It holds for the member's next request. Throws NOT_FOUND, INSUFFICIENT_SCOPE for a higher role, CONFLICT. */
export async function changeRole(tenant: Tenant, userId: string, role: Role): Promise<void> {
  const before = await roleOf(tenant, userId)
  requireRank(tenant, before)
  requireRank(tenant, role)
  if (before === role) return
  const change = tenant.db.update(members).set({ role }).where(isMember(tenant, userId))
  await writeWithOwner(tenant, [change, ...record(tenant, { action: `member.made_${role}`, target: userId })])
}

/** Ends a membership at once. Throws NOT_FOUND, INSUFFICIENT_SCOPE for who is above, CONFLICT for the last owner. */
export async function removeMember(tenant: Tenant, userId: string): Promise<void> {
  const { actor } = tenant
  const role = await roleOf(tenant, userId)
  const isSelf = actor.type === 'member' && actor.userId === userId
  if (!isSelf) requireRank(tenant, role)
  const { db, org } = tenant
  await writeWithOwner(tenant, [
    db.delete(members).where(isMember(tenant, userId)),
    db
      .update(users)
      .set({ lastOrgId: null })
      .where(and(eq(users.id, userId), eq(users.lastOrgId, org.id))),
    ...record(tenant, { action: isSelf ? 'member.left' : 'member.removed', target: userId }),
  ])
}

async function roleOf(tenant: Tenant, userId: string): Promise<Role> {
  const role = await findRole(tenant, tenant.org.id, userId)
  if (!role) throw problem('NOT_FOUND')
  return role
}

const isMember = (tenant: Tenant, userId: string) => and(eq(members.orgId, tenant.org.id), eq(members.userId, userId))

/** Undone when the organization would have no owner after it, also when two owners demote each other at once. */
async function writeWithOwner(tenant: Tenant, statements: [Statement, ...Statement[]]): Promise<void> {
  const { db, org } = tenant
  const isOwner = and(eq(members.orgId, org.id), eq(members.role, 'owner'))
  const ownerless = sql`select not exists (select 1 from ${members} where ${isOwner})`
  try {
    await db.batch([...statements, atMost(db, 0, ownerless)] as [Statement, ...Statement[]])
  } catch (error) {
    if (!isOverLimit(error)) throw error
    throw problem('CONFLICT', { message: 'An organization needs an owner: make somebody else one first.' })
  }
}
