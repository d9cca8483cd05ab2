// Key-encryption keys come and go in any order, sweeps die in the middle of it, and no secret is lost.
import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKeyRow } from '../../src/access/keys.ts'
import type { Tenant } from '../../src/context.ts'
import { createDatabase, type Database } from '../../src/db/client.ts'
import { keys } from '../../src/db/schema/access.ts'
import { type Keyring, open, readKeyring } from '../../src/lib/crypto.ts'
import { SEALED_TABLES } from '../../src/sealed-tables.ts'
import { deleteCredential, openCredential, putCredential } from '../../src/vault/credentials.ts'
import { sweepSealed } from '../../src/vault/reseal.ts'
import { countByKey, placeIn } from '../../src/vault/sealed-table.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

type Death = { batch: number; when: 'before' | 'after' }

/** The database for whoever dies at the n-th batch: before it ran, or after it ran and before that was known. */
function mortal(DB: D1Database, { batch: at, when }: Death): Database {
  let batches = 0
  const batch = async (statements: D1PreparedStatement[]) => {
    const dies = ++batches === at
    if (dies && when === 'before') throw new Error('killed')
    const results = await DB.batch(statements)
    if (dies) throw new Error('killed')
    return results
  }
  return createDatabase({ prepare: (query: string) => DB.prepare(query), batch } as unknown as D1Database)
}

/** The database of somebody whose first batch is preceded by what somebody else does, after it has read. */
function overtaken(DB: D1Database, meanwhile: () => Promise<void>): Database {
  let isFirst = true
  const batch = async (statements: D1PreparedStatement[]) => {
    if (isFirst) await meanwhile()
    isFirst = false
    return DB.batch(statements)
  }
  return createDatabase({ prepare: (query: string) => DB.prepare(query), batch } as unknown as D1Database)
}

const ORGS = ['org_one', 'org_two', 'org_three']
const KEYS_EACH = 2
/** Of the organizations: a new one each time, so that nothing is answered from memory. */
let version = 0

/** The world of one run: what an operator holds, and what every stored secret must open to. */
class World {
  readonly db = createDatabase(worker.env.DB)
  readonly secrets = new Map<string, string>()
  readonly held: Record<string, string> = {}
  #current = ''
  #rotations = 0
  #secrets = 0
  readonly late: Promise<unknown>[] = []

  get keyring(): Keyring {
    return readKeyring({ ...this.held, KEK_CURRENT: this.#current })
  }

  rotate(): void {
    this.#current = `k${++this.#rotations}`
    this.held[`KEK_${this.#current}`] = this.#rotations.toString(16).padStart(64, '0')
  }

  tenant(orgId: string, db = this.db): Tenant {
    const org = { id: orgId, version: ++version }
    return {
      db,
      org,
      keyring: this.keyring,
      requestId: 'req_test',
      actor: { type: 'job', name: 'test' },
      config: {},
      now: () => Date.now(),
      log: () => undefined,
      budget: { getByName: () => ({ announce: async () => undefined }) },
      waitUntil: (work: Promise<unknown>) => void this.late.push(work),
    } as unknown as Tenant
  }

  async begin(): Promise<void> {
    const { DB } = worker.env
    await DB.batch(['keys', 'credentials', 'audit_log'].map((table) => DB.prepare(`DELETE FROM ${table}`)))
    this.rotate()
    for (const orgId of ORGS) {
      for (let i = 0; i < KEYS_EACH; i++) {
        const input = { name: 'Key', environment: 'live', scopes: [], agentId: null, createdAt: new Date() } as const
        const { row, key } = await newKeyRow(this.tenant(orgId), { ...input, scopes: [] })
        await this.db.insert(keys).values(row)
        this.secrets.set(`${orgId}|keys|sealed|${row.id}`, key)
      }
    }
  }

  async put(orgId: string): Promise<void> {
    const secret = `sk-secret-${++this.#secrets}`
    await putCredential(this.tenant(orgId), 'openai', secret)
    this.secrets.set(`${orgId}|credentials|sealed|openai`, secret)
  }

  async remove(orgId: string): Promise<void> {
    if (this.secrets.delete(`${orgId}|credentials|sealed|openai`)) {
      await deleteCredential(this.tenant(orgId), 'openai')
    }
  }

  async read(orgId: string): Promise<void> {
    const expected = this.secrets.get(`${orgId}|credentials|sealed|openai`)
    expect(await openCredential(this.tenant(orgId), 'openai')).toBe(expected)
  }

  sweep(death?: Death): Promise<unknown> {
    const db = death ? mortal(worker.env.DB, death) : this.db
    const sweep = sweepSealed({ db, keyring: this.keyring }, SEALED_TABLES)
    return death ? sweep.catch(() => undefined) : sweep
  }

  /** A sweep and a read that have read what is changed before they write. */
  async overtake(orgId: string, change: 'put' | 'remove'): Promise<void> {
    const meanwhile = () => this[change](orgId)
    const [sweeping, reading] = [overtaken(worker.env.DB, meanwhile), overtaken(worker.env.DB, meanwhile)]
    await sweepSealed({ db: sweeping, keyring: this.keyring }, SEALED_TABLES)
    this.rotate()
    await openCredential(this.tenant(orgId, reading), 'openai')
  }

  /** What the README tells operators: an old key goes when nothing is sealed with it any more. */
  async retire(): Promise<void> {
    const used = new Set((await this.counts()).map(({ keyId }) => keyId))
    for (const name of Object.keys(this.held)) {
      const id = name.slice('KEK_'.length)
      if (id !== this.#current && !used.has(id)) delete this.held[name]
    }
  }

  async counts() {
    return (await Promise.all(SEALED_TABLES.map((table) => countByKey(this.db, table)))).flat()
  }

  /** Every stored value opens at its own place to what was put there, and none is missing. */
  async check(): Promise<void> {
    await Promise.all(this.late.splice(0))
    const found = new Map<string, string>()
    for (const sealedTable of SEALED_TABLES) {
      const { table, rowId } = sealedTable
      const fields = { orgId: sql<string>`${table.orgId}`, rowId: sql<string>`${rowId}`, sealed: table.sealed }
      for (const row of await this.db.select(fields).from(table)) {
        const place = placeIn(sealedTable, row.orgId, row.rowId)
        found.set(place, await open(this.keyring, String(row.sealed), place))
      }
    }
    expect(found).toEqual(this.secrets)
  }
}

const org = fc.constantFrom(...ORGS)
const death = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  when: fc.constantFrom('before' as const, 'after' as const),
})
const steps = fc.oneof(
  fc.constant({ do: 'rotate' } as const),
  fc.constant({ do: 'sweep' } as const),
  fc.constant({ do: 'retire' } as const),
  fc.record({ do: fc.constant('die' as const), death }),
  fc.record({ do: fc.constantFrom('put', 'read', 'remove'), org }),
  fc.record({ do: fc.constantFrom('put' as const, 'remove' as const), overtakes: org }),
  // At the same moment: whoever seals anew must not undo what was put or removed meanwhile.
  fc.record({ do: fc.constantFrom('put, read and sweep', 'remove and sweep'), org }),
)

test('in any order of rotations, reads, sweeps and deaths no secret is lost, and all follow the newest key', async () => {
  let resealed = 0
  const property = fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 20 }), async (run) => {
    const world = new World()
    await world.begin()
    for (const step of run) {
      if ('overtakes' in step) await world.overtake(step.overtakes, step.do)
      else if (step.do === 'rotate') world.rotate()
      else if (step.do === 'retire') await world.retire()
      else if (step.do === 'sweep') await world.sweep()
      else if (step.do === 'die') await world.sweep(step.death)
      else if (step.do === 'put') await world.put(step.org)
      else if (step.do === 'read') await world.read(step.org)
      else if (step.do === 'remove') await world.remove(step.org)
      else if (step.do === 'remove and sweep') await Promise.all([world.remove(step.org), world.sweep()])
      else {
        const read = openCredential(world.tenant(step.org), 'openai')
        await Promise.all([world.put(step.org), read, world.sweep(), world.sweep()])
      }
      await world.check()
    }
    await world.sweep()
    await world.check()
    const { current } = world.keyring
    const counts = await world.counts()
    expect(counts.every(({ keyId }) => keyId === current)).toBe(true)
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(world.secrets.size)
    resealed += counts.length
  })
  await fc.assert(property, { numRuns: 25, seed: 20_261_124 })
  expect(resealed).toBeGreaterThan(25)
}, 240_000)

test('reading a secret leaves it sealed with the current key', async () => {
  const world = new World()
  await world.begin()
  await world.put('org_one')
  world.rotate()
  await world.read('org_one')
  await world.check()
  const [credentials] = await Promise.all(SEALED_TABLES.map((table) => countByKey(world.db, table)))
  expect(credentials).toEqual([{ keyId: 'k2', count: 1 }])
})

test('a sweep is bounded, goes on where it is called again, and passes over what does not open', async () => {
  const world = new World()
  await world.begin()
  const statements = Array.from({ length: 450 }, async (_, index) => {
    const input = { name: 'Key', environment: 'live', scopes: [], agentId: null, createdAt: new Date() } as const
    const { row } = await newKeyRow(world.tenant(`org_${index % 90}`), { ...input, scopes: [] })
    // Copied from a row of another organization.
    return index < 60 ? { ...row, orgId: 'org_' } : row
  })
  for (const row of await Promise.all(statements)) await world.db.insert(keys).values(row)
  world.rotate()
  const sweep = () => sweepSealed({ db: world.db, keyring: world.keyring }, SEALED_TABLES)
  expect(await sweep()).toEqual({ resealed: 340, unopened: 60, missing: [] })
  expect(await sweep()).toEqual({ resealed: 56, unopened: 60, missing: [] })
  expect(await sweep()).toEqual({ resealed: 0, unopened: 60, missing: [] })
  delete world.held.KEK_k1
  expect(await sweep()).toEqual({ resealed: 0, unopened: 0, missing: ['k1'] })
}, 60_000)

test('the sweep finds what is old by an index', async () => {
  const plan = await worker.env.DB.prepare(
    `EXPLAIN QUERY PLAN SELECT org_id, id FROM keys
     WHERE substr("keys"."sealed", 4, instr(substr("keys"."sealed", 4), '.') - 1) = 'k1' ORDER BY org_id, id LIMIT 5`,
  ).all<{ detail: string }>()
  const details = plan.results.map(({ detail }) => detail).join('\n')
  expect(details).toMatch(/USING (?:COVERING )?INDEX keys_by_kek/)
  expect(details).not.toContain('TEMP B-TREE')
})
