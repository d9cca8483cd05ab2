// The Worker under changing key-encryption keys, as an operator changes them: by restarting it with other secrets.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { newAddress } from '../support/people.ts'
import { refusalsOf } from '../support/refusals.ts'
import type { TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let state: string
beforeAll(async () => {
  fake = await startFakeOpenAI()
  state = await mkdtemp(join(tmpdir(), 'flexyagents-keys-'))
})
afterAll(async () => {
  await fake.close()
  await rm(state, { recursive: true, force: true })
})

const OLD = { KEK_test: '07'.repeat(32) }
const NEW = { KEK_k2: '08'.repeat(32) }
const NONE = { KEK_test: '' }

/** Runs the Worker with these secrets over what was stored before. */
async function withKeys<T>(
  secrets: Record<string, string>,
  use: (worker: TestWorker & { sweep: () => Promise<void>; logs: string[] }) => Promise<T>,
): Promise<T> {
  const vars = { OPENAI_BASE_URL: fake.url, DEFAULT_MODEL: 'fake' }
  const worker = await startDirectWorker({ vars, secrets, state })
  try {
    return await use(worker)
  } finally {
    await worker.close()
  }
}

/** Ids of the keys that something is sealed with, by table. */
async function keyIds(worker: TestWorker): Promise<Record<string, string[]>> {
  const idsOf = async (table: string) => {
    const { results } = await worker.env.DB.prepare(`SELECT DISTINCT substr(sealed, 1, 8) AS start FROM ${table}`).all<{
      start: string
    }>()
    return [...new Set(results.map(({ start }) => start.split('.')[1] ?? ''))].toSorted()
  }
  return { keys: await idsOf('keys'), credentials: await idsOf('credentials') }
}

const onThis = (worker: TestWorker, space: Workspace) => ({
  ask: () => call(worker, 'POST', space.chatPath, { key: space.apiKey, body: QUESTION }),
  as: (method: string, path: string, body?: unknown, headers = {}) =>
    call(worker, method, path, { key: space.organizationKey, body, headers: { ...newAddress(), ...headers } }),
})
const QUESTION = { messages: [{ role: 'user', content: 'Hello' }] }
const keys = (space: Workspace) => `/api/agents/${space.agentId}/keys`
const ONCE = { 'idempotency-key': 'once' }
const PROVIDER_KEY = '/api/provider-keys/openai'

test('a new key takes over by reading and by the sweep; without the old one too early, 503 and nothing lost', async () => {
  const [space, other] = await withKeys(OLD, async (worker) => {
    const spaces = [
      await createWorkspace(worker, { inference: 'byok' }),
      await createWorkspace(worker, { inference: 'byok' }),
    ] as const
    for (const [index, one] of spaces.entries()) {
      await one.asOrganization('PUT', PROVIDER_KEY, { apiKey: `sk-good-of-customer-000${index}` })
    }
    expect((await onThis(worker, spaces[0]).as('POST', keys(spaces[0]), { name: 'Once' }, ONCE)).status).toBe(201)
    expect(await keyIds(worker)).toEqual({ keys: ['test'], credentials: ['test'] })
    return spaces
  })

  // The old key is gone before anything followed the new one.
  await withKeys({ ...NEW, ...NONE, KEK_CURRENT: 'k2' }, async (worker) => {
    const expectRefusal = await refusalsOf(worker)
    const { ask, as } = onThis(worker, space)
    const before = fake.requests.length
    expectRefusal(await ask(), 503, 'UNAVAILABLE')
    expectRefusal(await as('POST', `${PROVIDER_KEY}/test`), 503, 'UNAVAILABLE')
    expectRefusal(await as('POST', keys(space), { name: 'Once' }, ONCE), 503, 'UNAVAILABLE')
    expect(fake.requests).toHaveLength(before)
    // What needs no secret goes on.
    expect((await as('GET', '/api/provider-keys')).body.data).toMatchObject([{ last4: '0000' }])
    expect((await as('GET', '/api/usage')).body.messages.used).toBe(0)
    await worker.sweep()
    expect(await keyIds(worker)).toEqual({ keys: ['test'], credentials: ['test'] })
    const logs = worker.logs.join('\n')
    expect(logs).toMatch(/secret_not_opened.*"keyId":"test","keyIsMissing":true/)
    expect(logs).toMatch(/secrets_resealed.*"missing":"test"/)
  })

  await withKeys({ ...OLD, ...NEW, KEK_CURRENT: 'k2' }, async (worker) => {
    const { ask, as } = onThis(worker, space)
    expect((await ask()).status).toBe(200)
    expect(fake.requests.at(-1)?.headers.authorization).toBe('Bearer …0000')
    expect((await as('POST', keys(space), { name: 'Once' }, ONCE)).headers.get('idempotency-replayed')).toBe('true')
    await expect.poll(() => keyIds(worker)).toEqual({ keys: ['test'], credentials: ['k2', 'test'] })
    expect((await as('POST', keys(space), { name: 'New' })).status).toBe(201)
    expect(await keyIds(worker)).toMatchObject({ keys: ['k2', 'test'] })
    await worker.sweep()
    expect(await keyIds(worker)).toEqual({ keys: ['k2'], credentials: ['k2'] })
  })

  await withKeys({ ...NEW, ...NONE, KEK_CURRENT: 'k2' }, async (worker) => {
    for (const [index, one] of [space, other].entries()) {
      expect((await onThis(worker, one).ask()).status).toBe(200)
      expect(fake.requests.at(-1)?.headers.authorization).toBe(`Bearer …000${index}`)
    }
    await worker.sweep()
    expect(worker.logs.join('\n')).not.toContain('secrets_resealed')
  })
}, 120_000)
