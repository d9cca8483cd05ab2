import type { Tenant } from '../context.ts'
import { nameUsers } from '../identity/users.ts'
import { nameKeys } from '../access/keys.ts'

/** Names of people and keys for lists that hold only their ids. */
export async function namesOf(tenant: Tenant, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)]
  const [users, keys] = await Promise.all([
    nameUsers(tenant, wanted.filter((id) => id.startsWith('usr_'))),
    nameKeys(tenant, wanted.filter((id) => id.startsWith('key_'))),
  ])
  return new Map([...users, ...keys, ['migration', 'FlexyAgents']])
}
