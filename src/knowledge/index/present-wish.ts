import { getAgent } from '../../agents/agents.ts'
import { type Runtime, tenantFromJob } from '../../context.ts'
import { Problem } from '../../lib/problem.ts'
import { embeddingWish, type EmbeddingWish } from '../../models/choose-embedder.ts'
import { findOrganization } from '../../organizations/organizations.ts'
import type { VectorOwner } from './agent-vectors.ts'

/**
 * What the settings say now, read from the database for work that no request has begun. Undefined for an agent that is
 * no more. The knowledge object stores no key: it asks again for each step.
 */
export async function presentWish(
  runtime: Runtime,
  { organizationId, agentId }: VectorOwner,
): Promise<EmbeddingWish | undefined> {
  const org = await findOrganization(runtime, organizationId)
  if (!org) return undefined
  const tenant = tenantFromJob(runtime, org, 'knowledge.embed')
  try {
    return await embeddingWish(tenant, await getAgent(tenant, agentId))
  } catch (error) {
    if (error instanceof Problem && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}
