import { and, eq, inArray } from 'drizzle-orm'
import type { Role, Runtime } from '../context.ts'
import { members, users } from '../db/schema/identity.ts'
import { newId } from '../lib/ids.ts'
import { findOrganizationNames } from '../organizations/organizations.ts'

export type User = typeof users.$inferSelect
export type Membership = { id: string; name: string; role: Role }

export async function findUserByEmail(runtime: Runtime, email: string): Promise<User | undefined> {
  const [row] = await runtime.db.select().from(users).where(eq(users.email, email))
  return row
}

export async function findUser(runtime: Runtime, id: string): Promise<User | undefined> {
  const [row] = await runtime.db.select().from(users).where(eq(users.id, id))
  return row
}

export function newUser(input: Pick<User, 'email' | 'name' | 'passwordHash' | 'emailVerifiedAt' | 'createdAt'>): User {
  return { ...input, id: newId('usr'), lastOrgId: null }
}

/** The organizations that a person is a member of, the oldest membership first. */
export async function listMemberships(runtime: Runtime, userId: string): Promise<Membership[]> {
  const rows = await runtime.db
    .select({ id: members.orgId, role: members.role })
    .from(members)
    .where(eq(members.userId, userId))
    .orderBy(members.createdAt, members.orgId)
    .limit(MAX_MEMBERSHIPS)
  const names = await findOrganizationNames(
    runtime,
    rows.map(({ id }) => id),
  )
  return rows.map(({ id, role }) => ({ id, role, name: names.get(id) ?? '' }))
}

/** More than anybody switches between; one list fits the parameters of one query. */
const MAX_MEMBERSHIPS = 90

export async function findRole(runtime: Runtime, orgId: string, userId: string): Promise<Role | undefined> {
  const [row] = await runtime.db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.orgId, orgId), eq(members.userId, userId)))
  return row?.role
}

export async function findUsers(runtime: Runtime, ids: string[]): Promise<Map<string, User>> {
  if (ids.length === 0) return new Map()
  const rows = await runtime.db.select().from(users).where(inArray(users.id, ids))
  return new Map(rows.map((row) => [row.id, row]))
}
