import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintKey } from '../../src/access/key-format.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const QUESTION = { messages: [{ role: 'user', content: 'Hello' }] }
const turn = (length: number) => ({ role: 'user', content: 'x'.repeat(length) })
const turns = (length: number, each: object) => Array.from({ length }, () => each)

test('what is no key is refused in the words of the mistake, and never with the key in it', async () => {
  const { chatPath, apiKey } = await createWorkspace(worker)
  const withChecksumOff = apiKey.slice(0, -1) + (apiKey.endsWith('0') ? '1' : '0')
  const mistakes: [authorization: string | undefined, code: 'MISSING_API_KEY' | 'INVALID_API_KEY', message: string][] =
    [
      [undefined, 'MISSING_API_KEY', 'No API key was sent.'],
      ['Bearer', 'MISSING_API_KEY', 'No API key was sent.'],
      [`Basic ${btoa(`user:${apiKey}`)}`, 'MISSING_API_KEY', 'No API key was sent.'],
      [apiKey, 'MISSING_API_KEY', 'No API key was sent.'],
      [`Bearer "${apiKey}"`, 'INVALID_API_KEY', 'The key starts with a quote.'],
      [`Bearer ${apiKey}'`, 'INVALID_API_KEY', 'The key ends with a quote.'],
      [`Bearer  ${apiKey}`, 'INVALID_API_KEY', 'The key contains white space.'],
      [`Bearer ${apiKey.slice(0, 30)} ${apiKey.slice(30)}`, 'INVALID_API_KEY', 'The key contains white space.'],
      ['Bearer YOUR_API_KEY', 'INVALID_API_KEY', 'The placeholder was not replaced by a key.'],
      ['Bearer $FLEXY_KEY', 'INVALID_API_KEY', 'The placeholder was not replaced by a key.'],
      ['Bearer sk-proj-123', 'INVALID_API_KEY', 'The key does not start with fxa_.'],
      [`Bearer ${withChecksumOff}`, 'INVALID_API_KEY', 'The API key is not valid.'],
      [`Bearer ${apiKey.toLowerCase()}`, 'INVALID_API_KEY', 'The API key is not valid.'],
      [`Bearer ${apiKey}0`, 'INVALID_API_KEY', 'The API key is not valid.'],
      [`Bearer ${mintKey('live')}`, 'INVALID_API_KEY', 'The API key is not valid.'],
    ]
  for (const [authorization, code, message] of mistakes) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const answer = await call(worker, 'POST', chatPath, { body: QUESTION, headers })
    expect(expectRefusal(answer, 401, code), authorization).toMatchObject({ message, type: 'authentication_error' })
    expect(answer.text).not.toContain(apiKey.slice(22, 50))
  }
  const inTheUrl = await call(worker, 'POST', `${chatPath}?key=${apiKey}&authorization=Bearer+${apiKey}`, {
    body: QUESTION,
  })
  expectRefusal(inTheUrl, 401, 'MISSING_API_KEY')
  const otherCase = await call(worker, 'POST', chatPath, {
    body: QUESTION,
    headers: { authorization: `bEARER ${apiKey}` },
  })
  expect(otherCase.status, otherCase.text).toBe(200)
})

test('a revoked and an expired key are told apart from a wrong one', async () => {
  const space = await createWorkspace(worker)
  const { agentId, chatPath } = space
  const expiresAt = new Date(Date.now() + 1_500).toISOString()
  const short = await space.asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'Short', expiresAt })
  const ask = (key: string) => call(worker, 'POST', chatPath, { key, body: QUESTION })
  const early = await ask(short.body.key)
  if (Date.now() < Date.parse(expiresAt)) expect(early.status).toBe(200)
  expect((await space.ask('Hello')).status).toBe(200)
  await space.asOrganization('DELETE', `/api/agents/${agentId}/keys/${space.keyId}`)
  expectRefusal(await space.ask('Hello'), 401, 'EXPIRED_API_KEY')
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(expiresAt) - Date.now()) + 20))
  expectRefusal(await ask(short.body.key), 401, 'EXPIRED_API_KEY')
})

test('a body that breaks a rule is named by path, message and code, and its values are not echoed', async () => {
  const { apiKey, chatPath } = await createWorkspace(worker)
  const user = { role: 'user', content: 'Hello' }
  const broken: [body: unknown, message: string, path: string, code: string][] = [
    [
      { messages: [{ role: 'boss', content: 'Hi' }] },
      'messages[0].role: expected user, assistant or system',
      'messages.0.role',
      'invalid_value',
    ],
    [{ messages: [] }, 'messages: expected at least one turn', 'messages', 'too_small'],
    [{}, 'messages: expected array', 'messages', 'invalid_type'],
    [{ messages: 'Hello' }, 'messages: expected array', 'messages', 'invalid_type'],
    [{ messages: turns(101, user) }, 'messages: expected at most 100 turns', 'messages', 'too_big'],
    [
      { messages: [user, { role: 'assistant', content: 'Hi' }] },
      "messages: the last turn must be the user's",
      'messages',
      'custom',
    ],
    [
      { messages: [user, turn(32 * 1024 + 1)] },
      'messages[1].content: is larger than 32 KB',
      'messages.1.content',
      'custom',
    ],
    [
      { messages: [{ role: 'user', content: '€'.repeat(11_000) }] },
      'messages[0].content: is larger than 32 KB',
      'messages.0.content',
      'custom',
    ],
    [
      { messages: [{ role: 'user', content: ' \n ' }] },
      'messages[0].content: is empty',
      'messages.0.content',
      'invalid_format',
    ],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content: expected string', 'messages.0.content', 'invalid_type'],
    [
      { messages: [{ ...user, name: 'canary' }] },
      'messages[0].name: is not a known field',
      'messages.0.name',
      'unrecognized_keys',
    ],
    [{ ...QUESTION, orgId: 'canary' }, 'orgId: is not a known field', 'orgId', 'unrecognized_keys'],
    [{ ...QUESTION, stream: 'canary' }, 'stream: expected boolean', 'stream', 'invalid_type'],
    [{ ...QUESTION, conversationId: 7 }, 'conversationId: expected string', 'conversationId', 'invalid_type'],
  ]
  for (const [body, message, path, code] of broken) {
    const answer = await call(worker, 'POST', chatPath, { key: apiKey, body })
    const error = expectRefusal(answer, 400, 'VALIDATION_FAILED')
    const { message: detail } = error.details[0]
    expect(error).toMatchObject({ type: 'invalid_request', message, param: path, retryable: false })
    expect(error.details[0]).toEqual({ path, message: detail, code })
    expect(message).toContain(detail)
    expect(answer.text).not.toContain('canary')
  }
  const many = { messages: turns(90, { role: 'nobody', content: 7 }), ['k'.repeat(200)]: 1 }
  const { error } = (await call(worker, 'POST', chatPath, { key: apiKey, body: many })).body
  expect(error.details).toHaveLength(20)

  const largest = { messages: [...turns(99, user), turn(32 * 1024)] }
  const taken = await call(worker, 'POST', chatPath, { key: apiKey, body: largest })
  expect(taken.status, taken.text).toBe(200)
})

test('paths, methods and ids that are not there', async () => {
  const space = await createWorkspace(worker)
  const other = await createWorkspace(worker)
  const key = space.organizationKey
  for (const path of ['/api', '/api/agent', `${space.chatPath}s`, '/api/agents/', '/v1/models', '//api/agents']) {
    for (const method of ['GET', 'POST']) expectRefusal(await call(worker, method, path, { key }), 404, 'NOT_FOUND')
  }
  const methods: [string, string, string][] = [
    ['GET', space.chatPath, 'POST'],
    ['DELETE', '/api/agents', 'POST, GET'],
    ['PUT', `/api/agents/${space.agentId}`, 'GET, PATCH, DELETE'],
    ['POST', '/health', 'GET'],
    ['POST', '/api/organization', 'GET, PATCH'],
  ]
  for (const [method, path, allow] of methods) {
    const answer = await call(worker, method, path, { key })
    expectRefusal(answer, 405, 'METHOD_NOT_ALLOWED')
    expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(allow.split(', ').toSorted())
  }
  const strange = ['agt_none', 'x'.repeat(65), '%00', "'%20OR%201=1--", '..%2f..', '%E0%A4%A', space.orgId]
  for (const id of [other.agentId, ...strange]) {
    const path = `/api/agents/${id}`
    expectRefusal(await call(worker, 'GET', path, { key }), 404, 'NOT_FOUND')
    expectRefusal(await call(worker, 'POST', `${path}/chat`, { key: space.apiKey, body: QUESTION }), 404, 'NOT_FOUND')
  }
})

test('scope, a pause and the plan are told with what would help', async () => {
  const space = await createWorkspace(worker, { plan: 'free' })
  const { agentId, asOrganization } = space
  const reader = await asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'R', scopes: ['knowledge:read'] })
  const asReader = (method: string, path: string, body?: unknown) =>
    call(worker, method, path, { key: reader.body.key, body })
  const refused = expectRefusal(await asReader('POST', space.chatPath, QUESTION), 403, 'INSUFFICIENT_SCOPE')
  expect(refused).toMatchObject({ scope: 'chat', message: 'This key does not have the scope chat.' })
  expectRefusal(await asReader('GET', '/api/agents'), 403, 'INSUFFICIENT_SCOPE')

  const upgrade = async (method: string, path: string, body: unknown, feature: string, requiredPlan: string) =>
    expect(expectRefusal(await asOrganization(method, path, body), 403, 'PLAN_UPGRADE_REQUIRED')).toMatchObject({
      feature,
      requiredPlan,
    })
  await upgrade('POST', '/api/agents', { name: 'Second' }, 'agents', 'starter')
  await upgrade('PATCH', `/api/agents/${agentId}`, { behavior: { model: 'gpt-5' } }, 'model_choice', 'pro')
  await upgrade('PUT', '/api/provider-keys/openai', { apiKey: 'sk-live-1234567890' }, 'byok', 'starter')
  const byok = await createWorkspace(worker, { plan: 'free', inference: 'byok' })
  expect(expectRefusal(await byok.ask('Hello'), 403, 'PLAN_UPGRADE_REQUIRED')).toMatchObject({ feature: 'byok' })

  await asOrganization('PATCH', `/api/agents/${agentId}`, { status: 'paused' })
  expectRefusal(await space.ask('Hello'), 403, 'AGENT_PAUSED')
})

test('what the month has left is told with 402, limit, used and reset, and nothing is charged', async () => {
  const two = await createWorkspace(worker, { limits: { messages: 2 } })
  expect([(await two.ask('Hello')).status, (await two.ask('Hello', { stream: true })).status]).toEqual([200, 200])
  const month = new Date()
  const resetsAt = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)).toISOString()
  for (const stream of [false, true]) {
    const refused = await two.ask('Hello', { stream }, { accept: stream ? 'text/event-stream' : '*/*' })
    const error = expectRefusal(refused, 402, 'MESSAGE_LIMIT_REACHED')
    expect(error).toMatchObject({ type: 'quota_exceeded', limit: 2, used: 2, resetsAt, retryable: false })
  }
  const few = await createWorkspace(worker, { limits: { tokens: 100 } })
  expect(expectRefusal(await few.ask('Hello'), 402, 'TOKEN_LIMIT_REACHED')).toMatchObject({
    limit: 100,
    used: 0,
    resetsAt,
  })
  const usage = await few.asOrganization('GET', '/api/usage')
  expect(usage.body).toMatchObject({ messages: { used: 0, reserved: 0 }, tokens: { used: 0, reserved: 0, limit: 100 } })

  const byok = await createWorkspace(worker, { inference: 'byok' })
  expectRefusal(await byok.ask('Hello'), 402, 'PROVIDER_KEY_MISSING')
  const after = await byok.asOrganization('GET', '/api/usage')
  expect(after.body.messages).toMatchObject({ used: 0, reserved: 0 })
})
