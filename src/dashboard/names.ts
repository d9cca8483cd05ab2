import { nameKeys } from '../access/keys.ts'
import type { Tenant } from '../context.ts'
import { findUsers } from '../identity/users.ts'

/** Names of people and keys for lists that hold only their ids. */
export async function namesOf(tenant: Tenant, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)]
  const of = (prefix: string) => wanted.filter((id) => id.startsWith(prefix)).slice(0, 90)
  const [users, keys] = await Promise.all([findUsers(tenant, of('usr_')), nameKeys(tenant, of('key_'))])
  const people = Array.from(users, ([id, { name }]): [string, string] => [id, name])
  const called = keys.map(([id, name]): [string, string] => [id, `key “${name}”`])
  return new Map([...people, ...called, ['migration', 'FlexyAgents']])
}
