/** Bodies that are almost, hardly or not at all what an operation takes; the same seed gives the same bodies. */
import * as fc from 'fast-check'
import type * as z from 'zod'
import { DEFAULT_MAX_BODY_BYTES } from '../../src/http/contract.ts'
import { keyedOperations, requestOf } from './operations.ts'
import { type ExpectRefusal, refusalsOf } from './refusals.ts'
import type { TestWorker } from './worker.ts'
import { createWorkspace, type Json } from './workspace.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

const SMALL_VALUES = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e308,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202e',
    [],
    {},
    [[]],
    [{}],
  ),
  fc.constantFrom('user', 'system', 'org_1', 'https://example.com', 'javascript:alert(1)', '2026-01-01T00:00:00.000Z'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
)
const LARGE_VALUES = fc.oneof(
  fc.integer({ min: 1, max: 2_000 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
  fc.integer({ min: 90, max: 110 }).map((length) => Array.from({ length }, () => ({ role: 'user', content: 'x' }))),
  fc.integer({ min: 32_700, max: 32_800 }).map((length) => 'y'.repeat(length)),
  fc.constantFrom('€'.repeat(10_923), '🙂'.repeat(8_193), 'z'.repeat(270_000)),
)
const ODD_VALUES = fc.oneof({ weight: 9, arbitrary: SMALL_VALUES }, { weight: 1, arbitrary: LARGE_VALUES })
const NAMES = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    'orgId',
    'plan',
    'id',
    '',
    '\u0000',
  ),
  fc.string({ maxLength: 80 }),
)

type Change = { kind: 'replace' | 'remove' | 'add' | 'wrap' | 'repeat'; at: number; name: string; value: unknown }
const CHANGES = fc.array(
  fc.record({
    kind: fc.constantFrom<Change['kind'][]>('replace', 'replace', 'remove', 'add', 'wrap', 'repeat'),
    at: fc.nat(1_000),
    name: NAMES,
    value: ODD_VALUES,
  }),
  { minLength: 1, maxLength: 3 },
)

type Place = { holder: Record<string, unknown>; name: string }

/** Not into what a change before has made very deep: that would break this generator and not the service. */
function placesIn(holder: Record<string, unknown>, depth = 50): Place[] {
  return Object.keys(holder).flatMap((name) => {
    const value = holder[name]
    const isDeeper = typeof value === 'object' && value !== null && depth > 0
    const inside = isDeeper ? placesIn(value as Record<string, unknown>, depth - 1) : []
    return [{ holder, name }, ...inside]
  })
}

function changed(valid: unknown, changes: Change[]): unknown {
  const root: Record<string, unknown> = { body: structuredClone(valid) }
  for (const { kind, at, name, value } of changes) {
    const places = placesIn(root)
    const place = places[at % Math.max(places.length, 1)]
    if (!place) break
    const { holder } = place
    const old = holder[place.name]
    if (kind === 'remove' && holder !== root) delete holder[place.name]
    else if (kind === 'wrap') holder[place.name] = at % 2 ? [old] : { [name]: old }
    else if (kind === 'repeat') holder[place.name] = [old, old]
    else if (kind === 'add' && typeof old === 'object' && old !== null) define(old, name, value)
    else holder[place.name] = structuredClone(value)
  }
  return root.body
}

/** As JSON.parse does it: `__proto__` becomes a member of its own. */
function define(object: object, name: string, value: unknown): void {
  if (Array.isArray(object)) object.push(value)
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Breaks the text itself: cut, doubled, with a byte exchanged or put in. */
const DAMAGE = fc.record({
  how: fc.constantFrom('cut', 'byte', 'insert', 'twice', 'bom'),
  at: fc.nat(),
  byte: fc.nat(255),
})

function damaged(bytes: Uint8Array, { how, at, byte }: { how: string; at: number; byte: number }): Uint8Array {
  const place = at % Math.max(bytes.length, 1)
  if (how === 'cut') return bytes.slice(0, place)
  if (how === 'byte') return bytes.with(place, byte)
  if (how === 'insert') return Buffer.concat([bytes.slice(0, place), Uint8Array.of(byte), bytes.slice(place)])
  return Buffer.concat([how === 'bom' ? Uint8Array.of(0xef, 0xbb, 0xbf) : bytes, bytes])
}

function malformedBodies(valid: unknown, count: number, seed: number): Uint8Array[] {
  const mutants = CHANGES.map((changes) => utf8(JSON.stringify(changed(valid, changes)) ?? ''))
  const arbitrary = fc.oneof(
    { weight: 12, arbitrary: mutants },
    { weight: 4, arbitrary: fc.tuple(mutants, DAMAGE).map(([bytes, damage]) => damaged(bytes, damage)) },
    { weight: 2, arbitrary: fc.json({ maxDepth: 4 }).map(utf8) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map(utf8) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  )
  return fc.sample(
    arbitrary.filter((bytes) => bytes.length <= 600_000),
    { numRuns: count, seed },
  )
}

/** What the server must make of a body, said by the schema in this process. */
function isValid(schema: z.ZodType, bytes: Uint8Array): boolean {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)))
      .success
  } catch {
    return false
  }
}

type Target = { path: string; key: string; schema: z.ZodType; maxBytes: number }

/** Sends all bodies, eight at a time; every answer is held against what the schema says. Counts the statuses. */
async function flood(worker: TestWorker, target: Target, bodies: Uint8Array[], expectRefusal: ExpectRefusal) {
  const statuses: Record<string, number> = {}
  let valid = 0
  const left = bodies.values()
  const work = async () => {
    for (const bytes of left) {
      const response = await fetch(worker.baseUrl + target.path, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.key}`, 'content-type': 'application/json' },
        body: bytes as Uint8Array<ArrayBuffer>,
      })
      const text = await response.text()
      const { status, headers } = response
      const shown = `${target.path} ${new TextDecoder().decode(bytes.slice(0, 300))} -> ${status} ${text.slice(0, 300)}`
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status >= 500) throw new Error(shown)
      const body: Json = JSON.parse(text)
      const isGood = isValid(target.schema, bytes) && bytes.length <= target.maxBytes
      if (isGood) valid++
      if (isGood ? status === 400 : status < 300) throw new Error(`the schema says otherwise: ${shown}`)
      if (status >= 400) expectRefusal({ status, headers, text, body }, status, body.error.code)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return { statuses, valid }
}

/** Row S3 of the scoreboard at `factor` of its size: 10,000 bodies for the chat, 500 for every other POST operation. */
export async function floodOperations(worker: TestWorker, factor: number, seed: number) {
  const expectRefusal = await refusalsOf(worker)
  const counts: Record<string, Awaited<ReturnType<typeof flood>>> = {}
  for (const [id, operation] of keyedOperations()) {
    const { method, body: schema, maxBodyBytes: maxBytes = DEFAULT_MAX_BODY_BYTES } = operation
    if (method !== 'post' || !schema || schema === 'bytes') continue
    const space = await createWorkspace(worker)
    const { organizationKey: key, agentId, keyId } = space
    const { conversationId } = (await space.ask('Hello')).body
    const { path, body } = requestOf(operation, { agentId, keyId, conversationId })
    const bodies = malformedBodies(body, factor * (id === 'chat' ? 10_000 : 500), seed)
    counts[id] = await flood(worker, { path, key, schema, maxBytes }, bodies, expectRefusal)
  }
  return counts
}
