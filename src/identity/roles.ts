import { type Actor, type Role, ROLES, SCOPES, type Scope, type Tenant } from '../context.ts'
import { problem } from '../lib/problem.ts'

const READ: readonly Scope[] = [
  'profile',
  'organization:read',
  'members:read',
  'agents:read',
  'knowledge:read',
  'conversations:read',
]
const TALK: readonly Scope[] = [...READ, 'chat']
const BUILD: readonly Scope[] = [...TALK, 'agents:write', 'knowledge:write', 'keys:read', 'keys:write']
const GOVERN: readonly Scope[] = [...SCOPES, 'profile']

/** What each role may do. Owners and admins differ only in whom they may manage: see `requireRank`. */
export const ROLE_SCOPES: Record<Role, readonly Scope[]> = {
  owner: GOVERN,
  admin: GOVERN,
  builder: BUILD,
  agent: TALK,
  viewer: READ,
}

/** Whether the actor holds a scope; jobs act for the platform and hold all. */
export function can(actor: Actor, scope: Scope): boolean {
  return actor.type === 'job' || actor.scopes.includes(scope)
}

/** Throws INSUFFICIENT_SCOPE. Operations of the API are checked before their handler; pages call this. */
export function requireScope({ actor }: Tenant, scope: Scope): void {
  if (can(actor, scope)) return
  const who = actor.type === 'member' ? `Your role (${actor.role})` : 'This key'
  throw problem('INSUFFICIENT_SCOPE', { message: `${who} does not have the scope ${scope}.`, extra: { scope } })
}

/**
 * Throws INSUFFICIENT_SCOPE when a role is above the actor's own: nobody makes, changes or removes what outranks them.
 * The organization's key counts as an admin: a key that leaked must not be able to take the organization over.
 */
export function requireRank({ actor }: Tenant, role: Role): void {
  if (actor.type === 'job') return
  const own = actor.type === 'member' ? actor.role : 'admin'
  if (ROLES.indexOf(own) >= ROLES.indexOf(role)) return
  throw problem('INSUFFICIENT_SCOPE', { message: `Only an ${role} may do that.`, extra: { role } })
}
