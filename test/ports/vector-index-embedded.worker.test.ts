/** The embedded vectors on the SQLite of a Durable Object: what node:sqlite cannot prove. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { EmbeddedVectors } from '../../src/knowledge/index/embedded-vectors.ts'
import { SCHEMA } from '../../src/knowledge/index/schema.ts'
import { VECTOR_SCHEMA } from '../../src/knowledge/index/vector-schema.ts'
import { migrate, type SqlStore } from '../../src/lib/migrate.ts'
import { DIMENSIONS, entry, vector, vectorIndexContract, type WithIndex } from './vector-index.ts'

let made = 0
const settle = async () => undefined

const withIndex: WithIndex = (body) =>
  runInDurableObject(env.KNOWLEDGE.getByName(`vectors-${made++}`), async (_, { storage }) => {
    prepare(storage)
    const reopen = () => new EmbeddedVectors(storage, DIMENSIONS)
    await body({ index: reopen(), storage, reopen, settle })
  })

/** Harmless where `SCHEMA` has the steps already. */
function prepare(storage: SqlStore): void {
  migrate(storage, SCHEMA.includes(VECTOR_SCHEMA[0] ?? '') ? SCHEMA : [...SCHEMA, ...VECTOR_SCHEMA])
}

vectorIndexContract(withIndex)

test('thousands of vectors keep within the platform: values, bound parameters', () =>
  withIndex(async ({ index }) => {
    const entries = Array.from({ length: 3_000 }, (_, at) => entry(at + 1, at % 5))
    for (let at = 0; at < entries.length; at += 256) await index.upsert(entries.slice(at, at + 256))
    const values = entries[1_234]?.values ?? vector()
    expect(await index.query(values, 3)).toMatchObject([{ chunkId: 1_235 }, {}, {}])
    index.remove(1_234 % 5)
    expect((await index.query(values, 3)).map(({ chunkId }) => chunkId)).not.toContain(1_235)
    expect(index.count()).toBe(2_400)
  }))
