import type { Tenant } from '../context.ts'
import { knowledgeOf } from './documents.ts'

/** The content hashes of those of the documents that are there now. */
export async function contentHashes(
  tenant: Tenant,
  agentId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return new Map(Object.entries(await knowledgeOf(tenant, agentId).contentHashes([...ids])))
}
