// An organization's own provider key: stored, tried, replaced, deleted, and never shown again.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OpenAiModel } from '../../src/models/openai.ts'
import { Problem } from '../../src/lib/problem.ts'
import { rowsOf } from '../support/database.ts'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { addPerson, browse } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  fake = await startFakeOpenAI()
  worker = await startWorker({ vars: { OPENAI_BASE_URL: fake.url, DEFAULT_MODEL: 'fake' } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const PATH = '/api/provider-keys/openai'
const GOOD = 'sk-good-canary-of-a-customer-GOOD'
const BAD = 'sk-bad-canary-of-a-customer-FALSE'
const put = (space: Workspace, apiKey: string) => space.asOrganization('PUT', PATH, { apiKey })
const tryIt = (space: Workspace) => space.asOrganization('POST', `${PATH}/test`)

test('a key is tried when it is added and when asked; what comes of it is listed', async () => {
  const space = await createWorkspace(worker, { inference: 'byok' })
  expectRefusal(await tryIt(space), 404, 'NOT_FOUND')
  const added = await put(space, GOOD)
  expect(added.body).toMatchObject({ provider: 'openai', last4: 'GOOD', lastTest: { ok: true, code: 'OK' } })
  const asked = fake.requests.at(-1)
  expect(asked?.headers.authorization).toBe('Bearer …GOOD')
  // A few tokens: somebody else pays.
  expect(asked?.body).toMatchObject({ model: 'fake', max_tokens: 16 })

  const replaced = await put(space, BAD)
  expect(replaced.status).toBe(200)
  expect(replaced.body).toMatchObject({ last4: 'ALSE', lastTest: { ok: false, code: 'PROVIDER_KEY_INVALID' } })
  const tried = await tryIt(space)
  expect([tried.status, tried.body]).toMatchObject([200, { ok: false, code: 'PROVIDER_KEY_INVALID' }])
  expect(tried.body.ms).toBeGreaterThanOrEqual(0)
  const { ms: _, ...lastTest } = tried.body
  const listed = await space.asOrganization('GET', '/api/provider-keys')
  expect(listed.body.data).toMatchObject([{ last4: 'ALSE', lastTest }])

  expect((await space.asOrganization('DELETE', PATH)).status).toBe(204)
  expect((await space.asOrganization('GET', '/api/provider-keys')).body.data).toEqual([])
  for (const { text } of [added, replaced, tried, listed]) expect(text).not.toContain('canary')
  const { audit_log: audit = [] } = await rowsOf(worker, space.orgId)
  const actions = audit.map(({ action }) => String(action)).filter((action) => action.startsWith('credential.'))
  expect(actions.toSorted()).toEqual([
    'credential.deleted',
    'credential.put',
    'credential.put',
    ...Array(3).fill('credential.tested'),
  ])
})

test('chats of an organization with its own key are refused without one and with a wrong one, and charged nothing', async () => {
  const space = await createWorkspace(worker, { inference: 'byok' })
  const ask = () => space.ask('Hello')
  const stream = () => space.ask('Hello', { stream: true })
  expectRefusal(await ask(), 402, 'PROVIDER_KEY_MISSING')
  expectRefusal(await stream(), 402, 'PROVIDER_KEY_MISSING')
  await put(space, BAD)
  expectRefusal(await ask(), 502, 'PROVIDER_KEY_INVALID')
  // A stream has begun with the sources when the provider answers.
  const frames = framesOf((await stream()).text)
  expect(frames.find(({ type }) => type === 'error')).toMatchObject({ code: 'PROVIDER_KEY_INVALID', retryable: false })
  expect((await space.asOrganization('GET', '/api/usage')).body.messages.used).toBe(0)

  await put(space, GOOD)
  expect((await ask()).status).toBe(200)
  expect(fake.requests.at(-1)?.headers.authorization).toBe('Bearer …GOOD')
  await space.asOrganization('DELETE', PATH)
  expectRefusal(await ask(), 402, 'PROVIDER_KEY_MISSING')
})

test('a test says of each fault of a provider what a chat would say', async () => {
  const before = {
    '429': 'PROVIDER_OVERLOADED',
    '503': 'PROVIDER_OVERLOADED',
    '500': 'PROVIDER_ERROR',
    '400': 'PROVIDER_ERROR',
    '401': 'PROVIDER_KEY_INVALID',
    html: 'PROVIDER_ERROR',
    'reset-before': 'PROVIDER_ERROR',
    'hang-connect': 'PROVIDER_TIMEOUT',
  }
  const timeouts = { firstToken: 500, gap: 500, total: 1_000 }
  for (const [mode, code] of Object.entries(before)) {
    const model = new OpenAiModel({ baseUrl: fake.url, apiKey: GOOD, model: `fake:${mode}`, timeouts, fetch })
    const thrown = await model.check().then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(thrown, mode).toBeInstanceOf(Problem)
    expect((thrown as Problem).code, mode).toBe(code)
  }
})

test('a secret that was copied to another organization, or from another column, is not used', async () => {
  const [own, thief] = [
    await createWorkspace(worker, { inference: 'byok' }),
    await createWorkspace(worker, { inference: 'byok' }),
  ]
  await put(own, GOOD)
  await put(thief, BAD)
  const copy = (from: string, ...values: string[]) =>
    worker.env.DB.prepare(`UPDATE credentials SET sealed = (${from}) WHERE org_id = ?`)
      .bind(...values, thief.orgId)
      .run()
  const before = fake.requests.length
  await copy('SELECT sealed FROM credentials WHERE org_id = ?', own.orgId)
  expectRefusal(await tryIt(thief), 503, 'UNAVAILABLE')
  expectRefusal(await thief.ask('Hello'), 503, 'UNAVAILABLE')
  await copy('SELECT sealed FROM keys WHERE org_id = ? AND id = ?', thief.orgId, thief.keyId)
  expectRefusal(await thief.ask('Hello'), 503, 'UNAVAILABLE')
  // In clear it is no secret either.
  await copy('SELECT ?', GOOD)
  expectRefusal(await thief.ask('Hello'), 503, 'UNAVAILABLE')
  expect(fake.requests).toHaveLength(before)
  await put(thief, GOOD)
  expect((await thief.ask('Hello')).status).toBe(200)
})

test('members who may change the organization manage the key on its page, others only see its state', async () => {
  const space = await createWorkspace(worker, { inference: 'byok' })
  const admin = await addPerson(worker, space.orgId, 'admin')
  const viewer = await addPerson(worker, space.orgId, 'viewer')
  const page = async (token: string) => (await browse(worker, token, 'GET', '/settings')).text
  const send = async (token: string, path: string, fields: Record<string, string> = {}) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec(await page(token))?.[1] ?? ''
    return fetch(worker.baseUrl + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `sid=${token}`, origin: worker.baseUrl },
      body: new URLSearchParams({ csrf, form: 'provider-key', ...fields }),
    })
  }
  expect(await page(admin.token)).toContain('without one chats are refused')
  const refused = await send(admin.token, '/settings/provider-key', { apiKey: 'short' })
  expect([refused.status, (await refused.text()).includes('"short"')]).toEqual([400, false])
  expect((await send(admin.token, '/settings/provider-key', { apiKey: BAD })).headers.get('location')).toBe(
    '/settings#provider-key',
  )
  expect(await page(admin.token)).toMatch(/…ALSE[\s\S]*The provider refuses this key/)
  await send(admin.token, '/settings/provider-key', { apiKey: GOOD })
  expect((await send(admin.token, '/settings/provider-key/test')).status).toBe(303)
  const seen = [await page(admin.token), await page(viewer.token)]
  for (const text of seen) {
    expect(text).toMatch(/Works[\s\S]*…GOOD/)
    expect(text).not.toContain('canary')
  }
  expect(seen.map((text) => text.includes('action="/settings/provider-key'))).toEqual([true, false])
  for (const path of ['', '/test', '/delete']) {
    const answer = await send(viewer.token, `/settings/provider-key${path}`, { apiKey: BAD })
    expect([path, answer.status]).toEqual([path, 403])
  }
  expect((await send(admin.token, '/settings/provider-key/delete')).status).toBe(303)
  expect(await page(admin.token)).toContain('None is stored')
})
