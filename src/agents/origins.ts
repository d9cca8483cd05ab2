import { and, eq, isNull } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import { agents } from '../db/schema/agents.ts'
import { ExpiringMap } from '../lib/expiring-map.ts'

/** A preflight comes without a key, so the list is found by the agent's id alone; unknown agents are remembered too. */
const known = new ExpiringMap<string[]>(5_000, 30_000)

/**
 * Whether pages of `origin` may call the agent: our own host, or an entry of the agent's list. Exact on scheme, host
 * and port; `https://*.example.com` means subdomains only. A guard against abuse, no authentication: programs forge it.
 */
export async function originAllowed(
  runtime: Runtime,
  agentId: string | undefined,
  origin: string,
  host: string,
): Promise<boolean> {
  if (origin === host) return true
  if (!agentId) return false
  let allowed = known.get(agentId, runtime.now())
  if (!allowed) {
    const rows = await runtime.db
      .select({ allowedOrigins: agents.allowedOrigins })
      .from(agents)
      .where(and(eq(agents.id, agentId), isNull(agents.deletedAt)))
    allowed = rows[0]?.allowedOrigins ?? []
    known.set(agentId, allowed, runtime.now())
  }
  return allowed.some((entry) => originMatches(entry, origin))
}

export function originMatches(entry: string, origin: string): boolean {
  const [scheme, pattern] = entry.split('://*.')
  if (pattern === undefined) return entry === origin
  return origin.startsWith(`${scheme}://`) && origin.slice(`${scheme}://`.length).endsWith(`.${pattern}`)
}
