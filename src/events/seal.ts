import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import type { Statement } from '../db/client.ts'
import { auditHeads, auditLog } from '../db/schema/events.ts'
import { toHex, utf8 } from '../lib/bytes.ts'
import { equalDigests, mac } from '../lib/crypto.ts'
import { chainHash, ChainCheck, GENESIS } from './chain.ts'

type World = Pick<Runtime, 'db' | 'keyring'>
type Head = typeof auditHeads.$inferSelect

/** Rows of one batch. */
const BATCH = 50

/** Organizations with rows that wait for their seal. */
export async function listUnsealed({ db }: World, limit: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ orgId: auditLog.orgId })
    .from(auditLog)
    .where(isNull(auditLog.hash))
    .limit(limit)
  return rows.map(({ orgId }) => orgId)
}

/**
 * Chains the rows of an organization that are not chained yet. A hash follows from rows that do not change, so however
 * many seal at once, they all write the same. Throws when the head is not what was signed.
 */
export async function sealAudit({ db, keyring }: World, orgId: string): Promise<void> {
  for (let count = BATCH; count === BATCH;) {
    const [[head], rows] = await db.batch([
      db.select().from(auditHeads).where(eq(auditHeads.orgId, orgId)),
      db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.orgId, orgId), gt(auditLog.seq, sealedUpTo(orgId))))
        .orderBy(asc(auditLog.seq))
        .limit(BATCH),
    ])
    count = rows.length
    if (count === 0) return
    if (head && !(await isSigned(keyring, head))) throw new Error('the head of the audit log has been changed')
    let hash = head?.hash ?? GENESIS
    let seq = 0
    const statements: Statement[] = []
    for (const row of rows) {
      const prevHash = hash
      hash = await chainHash(row, prevHash)
      seq = row.seq ?? 0
      const isRow = and(eq(auditLog.orgId, orgId), eq(auditLog.id, row.id), isNull(auditLog.hash))
      statements.push(db.update(auditLog).set({ prevHash, hash }).where(isRow))
    }
    const keyId = keyring.current
    const sealed = { seq, hash, keyId, signature: await sign(keyring, { orgId, seq, hash, keyId }) }
    const moveHead = db
      .insert(auditHeads)
      .values({ orgId, ...sealed })
      .onConflictDoUpdate({ target: auditHeads.orgId, set: sealed, setWhere: sql`${auditHeads.seq} < ${seq}` })
    await db.batch([moveHead, ...statements])
  }
}

const sealedUpTo = (orgId: string) =>
  sql`coalesce((select ${auditHeads.seq} from ${auditHeads} where ${auditHeads.orgId} = ${orgId}), 0)`

async function sign(keyring: World['keyring'], { orgId, seq, hash, keyId }: Omit<Head, 'signature'>): Promise<string> {
  return toHex(await mac(keyring, 'audit-head', utf8(JSON.stringify([orgId, seq, hash])), keyId))
}

async function isSigned(keyring: World['keyring'], head: Head): Promise<boolean> {
  return keyring.keys.has(head.keyId) && equalDigests(head.signature, await sign(keyring, head))
}

/** The rows of an organization from the first to the last, a page at a time. */
export async function* walkAudit({ db }: World, orgId: string): AsyncGenerator<(typeof auditLog.$inferSelect)[]> {
  const size = 500
  for (let after = -1, count = size; count === size;) {
    const rows = await db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), isNotNull(auditLog.seq), gt(auditLog.seq, after)))
      .orderBy(asc(auditLog.seq))
      .limit(size)
    count = rows.length
    after = rows.at(-1)?.seq ?? after
    if (count > 0) yield rows
  }
}

/** Looks at every row of the chain and at its head. Rows that were never numbered were not written by us. */
export async function verifyAudit(world: World, orgId: string) {
  const [[head], [strangers]] = await world.db.batch([
    world.db.select().from(auditHeads).where(eq(auditHeads.orgId, orgId)),
    world.db
      .select({ count: sql<number>`count(*)` })
      .from(auditLog)
      .where(and(eq(auditLog.orgId, orgId), isNull(auditLog.seq))),
  ])
  const check = new ChainCheck()
  const sealed = head?.seq ?? 0
  let entries = 0
  let isHeadMet = head === undefined
  let waiting = 0
  for await (const rows of walkAudit(world, orgId)) {
    for (const row of rows) {
      entries++
      // Not sealed yet: what is written while we read, or a moment before.
      if ((row.seq ?? 0) > sealed && row.hash === null) {
        waiting++
        continue
      }
      await check.add(row)
      if (row.seq === head?.seq) isHeadMet = row.hash === head?.hash
    }
  }
  if (!isHeadMet || (head ? !(await isSigned(world.keyring, head)) : check.seq > 0)) check.fault('head', sealed, null)
  if (strangers && strangers.count > 0) check.fault('unsealed', 0, null)
  const { faults, hash } = check
  return { isIntact: faults.length === 0, entries, sealed, waiting, hash: head?.hash ?? hash, faults }
}
