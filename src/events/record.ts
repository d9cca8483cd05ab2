import { sql } from 'drizzle-orm'
import { actorId, type Tenant } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { auditLog, events } from '../db/schema/events.ts'
import { newId } from '../lib/ids.ts'
import type { AnyEvent } from './catalog.ts'

/**
 * The statements that tell of a change: an audit row and, when the catalogue has an event for it, an outbox row.
 * They belong into the batch of the change itself, so that all of them happen or none.
 */
export function record(
  tenant: Tenant,
  entry: { id?: string; action: string; target: string; event?: AnyEvent; details?: Record<string, unknown> },
): Statement[] {
  const createdAt = new Date(tenant.now())
  const { db, org, actor, requestId } = tenant
  const { id = newId('aud'), action, target, event, details } = entry
  const audit = {
    orgId: org.id,
    id,
    actorType: actor.type,
    actorId: actorId(actor),
    action,
    target,
    requestId,
    createdAt,
    details: details ? JSON.stringify(details) : null,
    // Inside the batch, which D1 runs alone: no two changes can be given the same number. `seal.ts` adds the hashes.
    seq: sql`(select coalesce(max(${auditLog.seq}), 0) + 1 from ${auditLog} where ${auditLog.orgId} = ${org.id})`,
  }
  const statements: Statement[] = [db.insert(auditLog).values(audit)]
  if (event) statements.push(announce(tenant, event, createdAt))
  return statements
}

/** An export is no change; that somebody took the log is told in the log. */
export async function recordExport(tenant: Tenant): Promise<void> {
  const [entry] = record(tenant, { action: 'audit.exported', target: tenant.org.id })
  if (entry) await tenant.db.batch([entry])
}

/** An outbox row alone, for what happens in conversations: the audit log tells of changes to the organization. */
export function announce(tenant: Tenant, event: AnyEvent, createdAt = new Date(tenant.now())): Statement {
  const { type, data } = event
  return tenant.db.insert(events).values({ orgId: tenant.org.id, id: newId('evt'), type, data, createdAt })
}
