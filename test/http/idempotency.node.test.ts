import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { type Answer, call, createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  fake = await startFakeOpenAI({ tokens: 60 })
  worker = await startWorker({
    vars: { OPENAI_BASE_URL: fake.url, DEFAULT_MODEL: 'fake:500:times=1' },
    secrets: { OPENAI_API_KEY: 'sk-good-1234' },
  })
  expectRefusal = await refusalsOf(worker)
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const withModel = (model: string) => createWorkspace(worker, { agent: { behavior: { model } } })
const key = (value: string) => ({ 'idempotency-key': value })
const chargedTo = async (space: Workspace): Promise<number> =>
  (await space.asOrganization('GET', '/api/usage')).body.messages.used
const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true'

/** Frames with the text in one piece: a replay may cut it at other places, and at nothing else. */
function joined(frames: Json[]): Json[] {
  const whole: Json[] = []
  for (const frame of frames) {
    const before = whole.at(-1)
    if (frame.type === 'text-delta' && before?.type === 'text-delta') before.delta += frame.delta
    else whole.push({ ...frame })
  }
  return whole
}

const eventsOf = (text: string): Json[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '' && event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.replace(/^data: /, '')))

test('the same key and body give the same answer again in every framing, and one message is charged each', async () => {
  const space = await withModel('fake')
  await space.addDocument('Refunds', 'Refunds take 5 to 7 business days.', { url: 'https://help.example/r' })
  const ask = (name: string, body: object, headers = {}) =>
    space.ask('How long do refunds take?', { ...body }, { ...key(name), ...headers })

  const first = await ask('json', {})
  expect(isReplay(first)).toBe(false)
  const again = await ask('json', {})
  expect(again.text).toBe(first.text)
  expect(isReplay(again)).toBe(true)
  expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
  const otherSpelling = `{ "stream":false,"messages" : [{"content":"How long do refunds take?","role":"user"}] }`
  const spelled = await call(worker, 'POST', space.chatPath, {
    key: space.apiKey,
    body: otherSpelling,
    headers: key('json'),
  })
  expect([spelled.status, spelled.text, isReplay(spelled)]).toEqual([200, first.text, true])

  const stream = await ask('stream', { stream: true })
  const streamAgain = await ask('stream', { stream: true })
  expect(streamAgain.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
  expect(isReplay(streamAgain)).toBe(true)
  expect(joined(framesOf(streamAgain.text))).toEqual(joined(framesOf(stream.text)))
  const sse = { accept: 'text/event-stream' }
  const events = await ask('events', {}, sse)
  const eventsAgain = await ask('events', {}, sse)
  expect(eventsAgain.text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(eventsAgain.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
  expect(joined(eventsOf(eventsAgain.text))).toEqual(joined(eventsOf(events.text)))
  expect(eventsOf(events.text).map(({ type }) => type)).toContain('source-url')

  expect(await chargedTo(space)).toBe(3)
  expect((await space.asOrganization('GET', `/api/agents/${space.agentId}/conversations`)).body.data).toHaveLength(3)
})

test('another body is a mismatch; another key, credential or path is another request', async () => {
  const space = await withModel('fake')
  expect((await space.ask('One?', {}, key('a'))).status).toBe(200)
  for (const refused of [
    await space.ask('Two?', {}, key('a')),
    await space.ask('One?', { stream: true }, key('a')),
    await space.ask('One?', { conversationId: 'cnv_1' }, key('a')),
  ]) {
    expect(expectRefusal(refused, 422, 'IDEMPOTENCY_MISMATCH').param).toBe('idempotency-key')
  }
  for (const wrong of ['', ' ', 'two words', 'x'.repeat(256), 'ü']) {
    expectRefusal(await space.ask('One?', {}, key(wrong)), 400, 'VALIDATION_FAILED')
  }
  const another = (await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'K' })).body.key
  const body = { messages: [{ role: 'user', content: 'Two?' }] }
  const others = [
    await space.ask('Two?', {}, key('A')),
    await space.ask('Two?', {}, key('x'.repeat(255))),
    await call(worker, 'POST', space.chatPath, { key: another, body, headers: key('a') }),
    await call(worker, 'POST', space.chatPath, { key: space.organizationKey, body, headers: key('a') }),
  ]
  expect(others.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(others.map(isReplay)).toEqual([false, false, false, false])
  expect(await chargedTo(space)).toBe(5)
})

test('of requests at the same moment one runs: the others are told to wait or get its answer', async () => {
  const space = await withModel('fake:paced')
  const before = fake.requests.length
  for (const body of [{}, { stream: true }]) {
    const name = key(`same ${JSON.stringify(body)}`.replaceAll(' ', '-'))
    const answers = await Promise.all(Array.from({ length: 12 }, () => space.ask('One?', body, name)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good.filter((answer) => !isReplay(answer))).toHaveLength(1)
    const waiting = answers.filter(({ status }) => status !== 200)
    expect(waiting.length).toBeGreaterThan(0)
    for (const answer of waiting) {
      expect(expectRefusal(answer, 409, 'IDEMPOTENCY_IN_PROGRESS').retryable).toBe(true)
      expect(answer.headers.get('retry-after')).toBe('1')
    }
    const later = await space.ask('One?', body, name)
    expect([later.status, isReplay(later)]).toEqual([200, true])
  }
  expect(await chargedTo(space)).toBe(2)
  expect(fake.requests).toHaveLength(before + 2)
})

test('what was refused or failed is not remembered; what was left is made to its end and waits for its caller', async () => {
  const ask = (space: Workspace, body = {}) => space.ask('One?', body, key('try'))
  const failing = await withModel('auto')
  expectRefusal(await ask(failing), 502, 'PROVIDER_ERROR')
  const second = await ask(failing)
  expect([second.status, isReplay(second)], second.text).toEqual([200, false])

  const byok = await createWorkspace(worker, { inference: 'byok', agent: { behavior: { model: 'fake' } } })
  expectRefusal(await byok.ask('One?', { messages: [] }, key('try')), 400, 'VALIDATION_FAILED')
  expectRefusal(await ask(byok), 402, 'PROVIDER_KEY_MISSING')
  expectRefusal(await byok.ask('Two?', {}, key('try')), 402, 'PROVIDER_KEY_MISSING')
  await byok.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: 'sk-good-of-customer' })
  const paid = await ask(byok)
  expect([paid.status, isReplay(paid)], paid.text).toEqual([200, false])
  expect([await chargedTo(byok), isReplay(await ask(byok))]).toEqual([1, true])

  const left = await withModel('fake:paced')
  const leave = new AbortController()
  const response = await fetch(worker.baseUrl + left.chatPath, {
    method: 'POST',
    headers: { authorization: `Bearer ${left.apiKey}`, 'content-type': 'application/json', ...key('try') },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'One?' }], stream: true }),
    signal: leave.signal,
  })
  await (response.body as ReadableStream<Uint8Array>).getReader().read()
  expectRefusal(await ask(left, { stream: true }), 409, 'IDEMPOTENCY_IN_PROGRESS')
  leave.abort()
  await expect.poll(async () => (await ask(left, { stream: true })).status, { timeout: 10_000 }).toBe(200)
  expect([await chargedTo(left), isReplay(await ask(left, { stream: true }))]).toEqual([1, true])
})

test('a change is made once; the answer of a new key is kept sealed', async () => {
  const space = await withModel('fake')
  const post = (path: string, body: unknown, name: string) =>
    call(worker, 'POST', path, { key: space.organizationKey, body, headers: key(name) })
  const made = await Promise.all(Array.from({ length: 6 }, () => post('/api/agents', { name: 'Once' }, 'agent')))
  const created = await post('/api/agents', { name: 'Once' }, 'agent')
  expect([created.status, isReplay(created)]).toEqual([201, true])
  for (const answer of made.filter(({ status }) => status !== 201)) {
    expectRefusal(answer, 409, 'IDEMPOTENCY_IN_PROGRESS')
  }
  const { data } = (await space.asOrganization('GET', '/api/agents')).body
  expect(data.map(({ name }: Json) => name)).toEqual(['Once', 'Helper'])
  expect(data[0]).toEqual(created.body)
  expectRefusal(await post('/api/agents', { name: 'Twice' }, 'agent'), 422, 'IDEMPOTENCY_MISMATCH')

  const path = `/api/agents/${space.agentId}/keys`
  const first = await post(path, { name: 'K' }, 'key')
  const again = await post(path, { name: 'K' }, 'key')
  expect([again.status, again.text, isReplay(again)]).toEqual([201, first.text, true])
  expect((await space.asOrganization('GET', path)).body.data).toHaveLength(2)
  expectRefusal(await post(path, { name: '' }, 'later'), 400, 'VALIDATION_FAILED')
  expect((await post(path, { name: 'L' }, 'later')).status).toBe(201)
  const full = await createWorkspace(worker, { plan: 'free' })
  const another = () =>
    call(worker, 'POST', '/api/agents', { key: full.organizationKey, body: { name: 'B' }, headers: key('room') })
  expectRefusal(await another(), 403, 'PLAN_UPGRADE_REQUIRED')
  await full.asOrganization('DELETE', `/api/agents/${full.agentId}`)
  expect((await another()).status).toBe(201)

  const { id } = (await worker.env.DB.prepare('SELECT id FROM keys WHERE org_id = ? AND agent_id IS NULL')
    .bind(space.orgId)
    .first<{ id: string }>()) ?? { id: '' }
  const storage = await worker.worker.getDurableObjectStorage('IDEMPOTENCY', { name: `${space.orgId}/${id}` })
  const rows: Json[] = await storage.exec('SELECT * FROM requests')
  expect(rows).toHaveLength(3)
  expect(rows.every(({ sealed }) => /^v1\.test\.[\w-]{100,}$/.test(sealed))).toBe(true)
  expect(JSON.stringify(rows)).not.toContain(first.body.key.slice(22, 54))
  expect(rows.every((row) => row.expires_at - Date.now() > 23 * 3600_000)).toBe(true)
})
