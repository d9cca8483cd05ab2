import type { Sql } from '../../lib/migrate.ts'
import type { VectorOwner } from './agent-vectors.ts'

/** Whether a knowledge object has anything to do with embeddings: a model to use, or vectors of one to forget. */
export function usesEmbeddings(env: object, sql: Sql): boolean {
  const { EMBEDDING_MODEL } = env as { EMBEDDING_MODEL?: string }
  if (EMBEDDING_MODEL) return true
  return (
    sql.exec('select 1 from embedding_space union all select 1 from vectorize_vectors limit 1').toArray().length > 0
  )
}

/**
 * Whose knowledge an object holds: it is called `{organization}/{agent}`. Written down, because an object that wakes for
 * its alarm may not know its name (github.com/cloudflare/workerd/issues/6850).
 */
export function ownerOf({ id, storage }: Pick<DurableObjectState, 'id' | 'storage'>): VectorOwner | undefined {
  const { sql } = storage
  const known = sql.exec<{ name: string }>('select name from embedding_owner').toArray()[0]?.name
  if (known === undefined && id.name !== undefined) sql.exec('insert into embedding_owner values (1, ?)', id.name)
  const [organizationId, agentId, ...rest] = (known ?? id.name ?? '').split('/')
  return organizationId && agentId && rest.length === 0 ? { organizationId, agentId } : undefined
}
