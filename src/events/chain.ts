import type { auditLog } from '../db/schema/events.ts'
import { sha256Hex } from '../lib/crypto.ts'

type Row = typeof auditLog.$inferSelect

/** What the first row of a chain follows. */
export const GENESIS = '0'.repeat(64)

/**
 * SHA-256 of the hash before, a line end and the row as a JSON list. Everything of the row is in it, its number too:
 * a row that is changed, moved, added or taken out gives itself or its neighbour another hash.
 */
export function chainHash(row: Omit<Row, 'hash' | 'prevHash'>, prevHash: string): Promise<string> {
  const { orgId, seq, id, actorType, actorId, action, target, requestId, createdAt, details } = row
  const content = [orgId, seq, id, actorType, actorId, action, target, requestId, createdAt.getTime(), details]
  return sha256Hex(`${prevHash}\n${JSON.stringify(content)}`)
}

export type Fault = {
  /** `missing`: a number is left out. `changed`: the row is not what was sealed. `detached`: it does not follow the row before. */
  kind: 'missing' | 'changed' | 'detached' | 'unsealed' | 'head'
  seq: number
  id: string | null
}

/** Walks a chain from its beginning in the order of `seq`, and tells where it is broken; nothing is read twice. */
export class ChainCheck {
  seq = 0
  hash = GENESIS
  readonly faults: Fault[] = []

  async add(row: Row): Promise<void> {
    const { id, hash, prevHash } = row
    const seq = row.seq ?? 0
    if (seq !== this.seq + 1) this.fault('missing', this.seq + 1, null)
    if (hash === null || prevHash === null) this.fault('unsealed', seq, id)
    else if ((await chainHash(row, prevHash)) !== hash) this.fault('changed', seq, id)
    else if (prevHash !== this.hash) this.fault('detached', seq, id)
    this.seq = seq
    // Goes on from what the row says, so that one change is told once.
    this.hash = hash ?? this.hash
  }

  fault(kind: Fault['kind'], seq: number, id: string | null): void {
    if (this.faults.length < 100) this.faults.push({ kind, seq, id })
  }
}
