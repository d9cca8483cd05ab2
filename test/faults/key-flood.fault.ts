// Row S7 of the scoreboard: what cannot be a key is told without the database, which is proved by having none.
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintKey } from '../../src/access/key-format.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let space: Workspace
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  space = await createWorkspace(worker)
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.split('')
const base62 = (length: number) => fc.string({ unit: fc.constantFrom(...BASE62), minLength: length, maxLength: length })

/** Texts that are no keys: nearly the real one, of its form, or anything that a header can carry. */
function noKeys(real: string, count: number): string[] {
  const position = fc.nat(real.length - 1)
  const exchanged = fc
    .tuple(position, fc.constantFrom(...BASE62))
    .map(([at, letter]) => real.slice(0, at) + letter + real.slice(at + 1))
  const swapped = position.map((at) => real.slice(0, at) + (real[at + 1] ?? '') + (real[at] ?? '') + real.slice(at + 2))
  const cut = position.map((at) => real.slice(0, at))
  const ofTheForm = fc
    .tuple(fc.constantFrom('live', 'test'), base62(12), base62(38))
    .map(([environment, id, secret]) => `fxa_${environment}_${id}_${secret}`)
  const printable = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  const any = fc.oneof(
    { weight: 5, arbitrary: ofTheForm },
    { weight: 3, arbitrary: exchanged },
    { weight: 3, arbitrary: printable },
    { weight: 1, arbitrary: fc.oneof(swapped, cut, fc.constant(real.toLowerCase())) },
  )
  return fc.sample(
    any.filter((text) => text !== real && text !== ''),
    { numRuns: count, seed: 7 },
  )
}

/** Sends all keys, eight at a time, and gives the codes that came back and the time of each in ms. */
async function ask(keys: string[]) {
  const codes: Record<string, number> = {}
  const times: number[] = []
  const left = keys.values()
  const body = { messages: [{ role: 'user', content: 'Hello' }] }
  const work = async () => {
    for (const key of left) {
      const start = performance.now()
      const answer = await call(worker, 'POST', space.chatPath, { key, body })
      times.push(performance.now() - start)
      const code = `${answer.status} ${answer.body.error?.code}`
      codes[code] = (codes[code] ?? 0) + 1
      if (answer.status === 401) expectRefusal(answer, 401, 'INVALID_API_KEY')
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return { codes, p99: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] }
}

test('a flood of wrong keys is refused, and while it lasts the right key works', async () => {
  const flood = ask([...noKeys(space.apiKey, 2_000), ...Array.from({ length: 500 }, () => mintKey('live'))])
  const good = await Promise.all(Array.from({ length: 50 }, () => space.ask('Hello')))
  expect(good.map(({ status }) => status)).toEqual(good.map(() => 200))
  expect((await flood).codes).toEqual({ '401 INVALID_API_KEY': 2_500 })
})

test('10,000 texts that are no keys are refused by a service that has lost its database', async () => {
  const keys = noKeys(space.apiKey, 10_000)
  expect(new Set(keys).size).toBeGreaterThan(7_000)
  // Made while there is a database, and seen by no isolate.
  const spare = await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'Spare' })

  await worker.env.DB.exec('DROP TABLE agents')
  // A database that fails is no proof against a key: who holds a good one must not be told to throw it away.
  expect((await ask([spare.body.key])).codes).toEqual({ '500 INTERNAL': 1 })
  await worker.env.DB.exec('DROP TABLE keys')
  expect((await ask([mintKey('live'), mintKey('test')])).codes).toEqual({ '500 INTERNAL': 2 })

  const { codes, p99 } = await ask(keys)
  console.log('wrong keys', codes, `p99 ${p99?.toFixed(1)} ms`)
  expect(codes).toEqual({ '401 INVALID_API_KEY': 10_000 })
})
