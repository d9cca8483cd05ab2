import { and, desc, eq, gte, like, lt } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { auditLog } from '../db/schema/events.ts'
import { type Page, readCursor, toPage } from '../lib/cursor.ts'

export type AuditEntry = {
  id: string
  actorType: string
  actorId: string
  action: string
  target: string
  requestId: string
  createdAt: string
  details: Record<string, unknown> | null
  seq: number | null
  prevHash: string | null
  hash: string | null
}
export type AuditQuery = {
  limit: number
  cursor?: string | undefined
  /** The whole action, or its beginning up to a dot: `agent` finds `agent.created`. */
  action?: string | undefined
  actorId?: string | undefined
  target?: string | undefined
  since?: Date | undefined
}

/** Who did what in the organization, newest first. Throws INVALID_CURSOR. */
export async function listAudit(tenant: Tenant, query: AuditQuery): Promise<Page<AuditEntry>> {
  const { limit, cursor, action, actorId, target, since } = query
  const before = readCursor('aud', cursor)
  const rows = await tenant.db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.orgId, tenant.org.id),
        before ? lt(auditLog.id, before) : undefined,
        action ? like(auditLog.action, `${action.replace(/[^\w.]/g, '')}%`) : undefined,
        actorId ? eq(auditLog.actorId, actorId) : undefined,
        target ? eq(auditLog.target, target) : undefined,
        since ? gte(auditLog.createdAt, since) : undefined,
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit + 1)
  return toPage(rows.map(toEntry), limit)
}

export function toEntry(row: typeof auditLog.$inferSelect): AuditEntry {
  const { id, actorType, actorId, action, target, requestId, createdAt, details, seq, prevHash, hash } = row
  return {
    id,
    actorType,
    actorId,
    action,
    target,
    requestId,
    createdAt: createdAt.toISOString(),
    details: details === null ? null : (JSON.parse(details) as Record<string, unknown>),
    seq,
    prevHash,
    hash,
  }
}
