import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isKey } from '../../src/access/key-format.ts'
import { open, readKeyring, seal, sha256Hex } from '../../src/lib/crypto.ts'
import { dumpDatabase, rowsOf } from '../support/database.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { SECRETS, startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const QUESTION = { messages: [{ role: 'user', content: 'Hello' }] }
const ask = (space: Workspace, key: string, body: object = {}) =>
  call(worker, 'POST', space.chatPath, { key, body: { ...QUESTION, ...body } })
const createKey = (space: Workspace, body: object = {}) =>
  space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'Key', ...body })

test('the published vectors of the key format and of the envelope hold', async () => {
  const file = join(import.meta.dirname, '../data/credential-vectors.json')
  const { apiKeys, envelope } = JSON.parse(readFileSync(file, 'utf8'))
  expect(apiKeys.length).toBeGreaterThan(7)
  for (const { key, valid, sha256, why } of apiKeys) {
    expect(isKey(key), why).toBe(valid)
    if (sha256) expect(await sha256Hex(key)).toBe(sha256)
  }
  const { kekId, kekHex, aad, plaintext, ciphertext, mustFail } = envelope
  const keyring = readKeyring({ KEK_CURRENT: kekId, [`KEK_${kekId}`]: kekHex })
  expect(await open(keyring, ciphertext, aad)).toBe(plaintext)
  expect(mustFail.length).toBeGreaterThan(3)
  for (const { sealed = ciphertext, place = aad, why } of mustFail) {
    await expect(open(keyring, sealed, place), why).rejects.toThrow()
  }
  const [one, two] = [await seal(keyring, plaintext, aad), await seal(keyring, plaintext, aad)]
  expect(one).not.toBe(two)
  expect([await open(keyring, one, aad), await open(keyring, two, aad)]).toEqual([plaintext, plaintext])
})

test('a key is shown once and lies in the database only as its hash and sealed to its row', async () => {
  const space = await createWorkspace(worker)
  const created = await createKey(space, { name: 'Canary', environment: 'test', scopes: ['chat', 'knowledge:read'] })
  expect(created.status).toBe(201)
  const { key, id } = created.body
  expect(isKey(key)).toBe(true)
  expect(created.body).toMatchObject({
    prefix: key.slice(0, 21),
    last4: key.slice(-4),
    environment: 'test',
    scopes: ['chat', 'knowledge:read'],
  })
  const rotated = await space.asOrganization('POST', `/api/agents/${space.agentId}/keys/${id}/rotate`, {})
  await space.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: 'sk-canary-provider-key-1234' })
  await ask(space, key)

  const listed = await space.asOrganization('GET', `/api/agents/${space.agentId}/keys`)
  expect(listed.body.data.map(({ name }: { name: string }) => name)).toEqual(['Canary', 'Canary', 'Site'])
  const providers = await space.asOrganization('GET', '/api/provider-keys')
  expect(providers.body.data).toMatchObject([{ provider: 'openai', last4: '1234' }])
  const seen = listed.text + providers.text + (await dumpDatabase(worker))
  const logs = worker.harness.getLogs().map(({ message }) => message)
  expect(logs.length).toBeGreaterThan(3)
  for (const secret of [key, rotated.body.key, space.apiKey, space.organizationKey]) {
    // The secret part alone would do; what comes before it is the public prefix.
    expect(seen).not.toContain(secret.slice(22, 54))
    expect(logs.join()).not.toContain(secret.slice(22, 54))
  }
  expect(seen).not.toContain('sk-canary')

  const { keys = [] } = await rowsOf(worker, space.orgId)
  const row = keys.find((candidate) => candidate.id === id)
  expect(row?.hash).toBe(await sha256Hex(key))
  const place = `${space.orgId}|keys|sealed|${id}`
  const keyring = readKeyring(SECRETS)
  expect(await open(keyring, String(row?.sealed), place)).toBe(key)
  await expect(open(keyring, String(row?.sealed), place.replace(id, rotated.body.id))).rejects.toThrow()
})

test('a rotated key overlaps with its successor, and with no grace ends at once', async () => {
  const space = await createWorkspace(worker)
  const rotate = (id: string, body: object) =>
    space.asOrganization('POST', `/api/agents/${space.agentId}/keys/${id}/rotate`, body)
  const second = (await rotate(space.keyId, { graceSeconds: 600 })).body
  expect([(await ask(space, space.apiKey)).status, (await ask(space, second.key)).status]).toEqual([200, 200])

  const listed = (await space.asOrganization('GET', `/api/agents/${space.agentId}/keys`)).body.data
  expect(listed).toMatchObject([
    { id: second.id, expiresAt: null, replacedBy: null, scopes: ['chat'] },
    { id: space.keyId, replacedBy: second.id },
  ])
  expect(Date.parse(listed[1].expiresAt) - Date.now()).toBeGreaterThan(500_000)
  expectRefusal(await rotate(space.keyId, {}), 409, 'CONFLICT')

  const third = (await rotate(second.id, { graceSeconds: 0 })).body
  expectRefusal(await ask(space, second.key), 401, 'EXPIRED_API_KEY')
  expect([(await ask(space, space.apiKey)).status, (await ask(space, third.key)).status]).toEqual([200, 200])
  expectRefusal(await rotate(third.id, { graceSeconds: -1 }), 400, 'VALIDATION_FAILED')
  expectRefusal(await rotate(third.id, { graceSeconds: 604_801 }), 400, 'VALIDATION_FAILED')
  expectRefusal(await rotate('key_none', {}), 404, 'NOT_FOUND')

  const { events = [], audit_log: audit = [] } = await rowsOf(worker, space.orgId)
  expect(events.filter(({ type }) => type === 'api_key.rotated')).toHaveLength(2)
  expect(audit.filter(({ action }) => action === 'api_key.rotated').map(({ target }) => target)).toEqual([
    space.keyId,
    second.id,
  ])
})

test('a revoked key is refused by the very next request of an isolate that knows it, a replay included', async () => {
  const space = await createWorkspace(worker)
  const replayed = () => space.ask('Hello', {}, { 'idempotency-key': 'before' })
  expect((await replayed()).status).toBe(200)
  for (let use = 0; use < 5; use++) expect((await space.ask('Hello')).status).toBe(200)
  const path = `/api/agents/${space.agentId}/keys/${space.keyId}`
  expect((await space.asOrganization('DELETE', path)).status).toBe(204)
  // First what asks no budget, whose answer would tell the isolate of the change.
  expectRefusal(await replayed(), 401, 'EXPIRED_API_KEY')
  expectRefusal(await space.ask('Hello'), 401, 'EXPIRED_API_KEY')
  expectRefusal(await space.ask('Hello', { stream: true }), 401, 'EXPIRED_API_KEY')
  expect((await space.asOrganization('DELETE', path)).status).toBe(204)
  const { events = [] } = await rowsOf(worker, space.orgId)
  expect(events.filter(({ type }) => type === 'api_key.revoked')).toHaveLength(1)
  expect((await space.asOrganization('GET', '/api/usage')).body.messages.used).toBe(6)
})

test('test keys and live keys do not see each other’s conversations, and use is noted', async () => {
  const space = await createWorkspace(worker)
  const scopes = ['chat', 'conversations:read']
  const keys = {
    live: (await createKey(space, { scopes })).body.key,
    test: (await createKey(space, { scopes, environment: 'test' })).body.key,
  }
  const ids = {
    live: (await ask(space, keys.live)).body.conversationId,
    test: (await ask(space, keys.test)).body.conversationId,
  }
  for (const [mine, others] of [
    ['live', 'test'],
    ['test', 'live'],
  ] as const) {
    const key = keys[mine]
    const path = `/api/agents/${space.agentId}/conversations`
    const listed = await call(worker, 'GET', path, { key })
    expect(listed.body.data).toMatchObject([{ id: ids[mine], environment: mine }])
    expectRefusal(await call(worker, 'GET', `${path}/${ids[others]}/messages`, { key }), 404, 'NOT_FOUND')
    expectRefusal(await ask(space, key, { conversationId: ids[others] }), 404, 'NOT_FOUND')
    expect((await ask(space, key, { conversationId: ids[mine] })).status).toBe(200)
  }
  const listed = await space.asOrganization('GET', `/api/agents/${space.agentId}/keys`)
  const used = listed.body.data.map(({ lastUsedAt }: { lastUsedAt: string | null }) => lastUsedAt)
  expect(used[2]).toBeNull()
  for (const time of used.slice(0, 2)) expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000)
})

test('requests at the same moment make no more keys than one after the other would', async () => {
  const space = await createWorkspace(worker)
  const names = ['organization:write', 'keys:write', 'agents:read']
  for (const scope of names) expectRefusal(await createKey(space, { scopes: [scope] }), 400, 'VALIDATION_FAILED')
  const made = await Promise.all(Array.from({ length: 15 }, () => createKey(space)))
  const statuses = made.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(9)
  for (const answer of made.filter(({ status }) => status !== 201)) expectRefusal(answer, 409, 'CONFLICT')

  await space.asOrganization('DELETE', `/api/agents/${space.agentId}/keys/${space.keyId}`)
  const { body: last } = await createKey(space)
  expectRefusal(await createKey(space), 409, 'CONFLICT')

  // A key and its successor count as one: who has all keys in use can still rotate them, each once.
  const path = `/api/agents/${space.agentId}/keys/${last.id}/rotate`
  const rotated = await Promise.all(Array.from({ length: 5 }, () => space.asOrganization('POST', path, {})))
  expect(rotated.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const answer of rotated.filter(({ status }) => status !== 201)) expectRefusal(answer, 409, 'CONFLICT')
  expectRefusal(await createKey(space), 409, 'CONFLICT')
})

test('a key that would be over from the start is refused', async () => {
  const space = await createWorkspace(worker)
  const body = { name: 'Late', expiresAt: new Date(Date.now() - 1_000).toISOString() }
  const refused = await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, body)
  expect(expectRefusal(refused, 400, 'VALIDATION_FAILED').param).toBe('expiresAt')
})
