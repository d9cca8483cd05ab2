import { and, eq, isNull } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import { agents } from '../db/schema/agents.ts'

/**
 * The origins that may call an agent, for requests that prove no organization: a preflight, and refusals of a key.
 * Read from the database each time: browsers remember a preflight, and these requests are limited by address.
 */
export async function findAllowedOrigins(runtime: Runtime, agentId: string): Promise<readonly string[]> {
  const [row] = await runtime.db
    .select({ allowedOrigins: agents.allowedOrigins })
    .from(agents)
    .where(and(eq(agents.id, agentId), isNull(agents.deletedAt)))
  return row?.allowedOrigins ?? []
}
