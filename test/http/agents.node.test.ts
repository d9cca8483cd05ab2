import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsOf } from '../support/database.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const cursorOf = (text: string) => Buffer.from(text).toString('base64url')

test('an agent is created with defaults, read, changed field by field and deleted; each change leaves its traces', async () => {
  const space = await createWorkspace(worker)
  const { asOrganization } = space
  const created = await asOrganization('POST', '/api/agents', { name: '  Étagère 🛋️ ', behavior: { language: 'de' } })
  expect(created.status).toBe(201)
  const agent = created.body
  expect(agent).toMatchObject({ name: 'Étagère 🛋️', status: 'active', allowedOrigins: [] })
  expect(agent.behavior).toMatchObject({ language: 'de', model: 'auto' })
  const path = `/api/agents/${agent.id}`
  expect((await asOrganization('GET', path)).body).toEqual(agent)

  const allowedOrigins = ['https://www.example.com', 'https://*.example.com', 'http://localhost:3000']
  const changed = await asOrganization('PATCH', path, { behavior: { greeting: 'Hallo!' }, allowedOrigins })
  expect(changed.body).toEqual({
    ...agent,
    behavior: { ...agent.behavior, greeting: 'Hallo!' },
    allowedOrigins,
    updatedAt: changed.body.updatedAt,
  })
  expect((await asOrganization('GET', path)).body).toEqual(changed.body)
  expect((await asOrganization('PATCH', path, {})).body).toMatchObject({ name: agent.name, allowedOrigins })
  const deleted = await asOrganization('DELETE', path)
  expect([deleted.status, deleted.text]).toEqual([204, ''])
  expectRefusal(await asOrganization('GET', path), 404, 'NOT_FOUND')
  expectRefusal(await asOrganization('PATCH', path, { name: 'Back' }), 404, 'NOT_FOUND')
  expectRefusal(await asOrganization('DELETE', path), 404, 'NOT_FOUND')

  const { audit_log: audit = [], events = [] } = await rowsOf(worker, space.orgId)
  const traces = audit.filter(({ target }) => target === agent.id)
  expect(traces.map(({ action }) => action)).toEqual([
    'agent.created',
    'agent.updated',
    'agent.updated',
    'agent.deleted',
  ])
  const ids = [created, changed].map(({ headers }) => headers.get('x-request-id'))
  expect(traces.slice(0, 2).map((row) => row.request_id)).toEqual(ids)
  expect(traces.every((row) => row.actor_type === 'key' && String(row.actor_id).startsWith('key_'))).toBe(true)
  const published = events.filter(({ data }) => String(data).includes(agent.id))
  expect(published.map(({ type }) => type)).toEqual(Array(3).fill('agent.published'))
  expect(JSON.parse(String(published[0]?.data))).toEqual({ agentId: agent.id, name: 'Étagère 🛋️' })
  expect(published.map((row) => row.created_at)).toEqual(traces.slice(0, 3).map((row) => row.created_at))
})

test('a pause and its end hold for the next chat, and changes at the same moment do not undo each other', async () => {
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}`
  expect((await space.ask('Hello')).status).toBe(200)
  for (let round = 0; round < 3; round++) {
    await space.asOrganization('PATCH', path, { status: 'paused' })
    expectRefusal(await space.ask('Hello'), 403, 'AGENT_PAUSED')
    await space.asOrganization('PATCH', path, { status: 'active', behavior: { greeting: `Hello ${round}` } })
    const answer = await space.ask('Hello')
    expect(answer.body?.content, answer.text).toBe(`Hello ${round}`)
  }
  for (let round = 0; round < 5; round++) {
    const changes = [
      { name: `Name ${round}` },
      { status: round % 2 ? 'active' : 'paused' },
      { behavior: { greeting: `Greeting ${round}` } },
      { behavior: { refusalText: `Refusal ${round}` } },
      { allowedOrigins: [`https://${round}.example.com`] },
    ]
    const answers = await Promise.all(changes.map((change) => space.asOrganization('PATCH', path, change)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    const { name, status, behavior, allowedOrigins } = (await space.asOrganization('GET', path)).body
    const { greeting, refusalText } = behavior
    expect([
      { name },
      { status },
      { behavior: { greeting } },
      { behavior: { refusalText } },
      { allowedOrigins },
    ]).toEqual(changes)
  }
})

test('what an agent may not be is refused by field', async () => {
  const { asOrganization, agentId, orgId } = await createWorkspace(worker)
  const before = await rowsOf(worker, orgId)
  const wrong: [body: unknown, param: string | null][] = [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: ' \t' }, 'name'],
    [{ name: 'x'.repeat(121) }, 'name'],
    [{ name: 'bell\u0007' }, 'name'],
    [{ name: 'half \ud83d' }, 'name'],
    [{ name: 'A', orgId: 'org_other' }, 'orgId'],
    [{ name: 'A', plan: 'business' }, 'plan'],
    [{ name: 'A', status: 'deleted' }, 'status'],
    [{ name: 'A', behavior: { model: 'two words' } }, 'behavior.model'],
    [{ name: 'A', behavior: { language: 'klingon!' } }, 'behavior.language'],
    [{ name: 'A', behavior: { instructions: 'x'.repeat(8_001) } }, 'behavior.instructions'],
    [{ name: 'A', behavior: { temperature: 1 } }, 'behavior.temperature'],
    [{ name: 'A', allowedOrigins: ['*'] }, 'allowedOrigins.0'],
    [{ name: 'A', allowedOrigins: ['https://ok.example', 'https://example.com/path'] }, 'allowedOrigins.1'],
    [{ name: 'A', allowedOrigins: Array(51).fill('https://a.example') }, 'allowedOrigins'],
    [[], null],
    ['name', null],
  ]
  for (const [body, param] of wrong) {
    const refused = await asOrganization('POST', '/api/agents', JSON.stringify(body))
    expect(expectRefusal(refused, 400, 'VALIDATION_FAILED').param, JSON.stringify(body)).toBe(param)
    if (JSON.stringify(body) === '{}') continue
    expectRefusal(
      await asOrganization('PATCH', `/api/agents/${agentId}`, JSON.stringify(body)),
      400,
      'VALIDATION_FAILED',
    )
  }
  expect(await rowsOf(worker, orgId)).toEqual(before)
})

test('a list is walked page by page, newest first; forged cursors show nothing of others', async () => {
  const space = await createWorkspace(worker)
  const other = await createWorkspace(worker)
  const made = [space.agentId]
  for (const name of ['B', 'C', 'D', 'E'])
    made.push((await space.asOrganization('POST', '/api/agents', { name })).body.id)
  const seen: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const page: Json = (await space.asOrganization('GET', `/api/agents?limit=2${cursor ? `&cursor=${cursor}` : ''}`))
      .body
    seen.push(...page.data.map(({ id }: { id: string }) => id))
    cursor = page.pagination.nextCursor
    expect(page.pagination.hasMore).toBe(cursor !== null)
    // What comes in between is on none of the pages that follow.
    if (pages++ === 0) await space.asOrganization('POST', '/api/agents', { name: 'Late' })
  } while (cursor)
  expect(seen).toEqual(made.toReversed())
  expect(pages).toBe(3)

  const list = (query: string) => space.asOrganization('GET', `/api/agents?${query}`)
  for (const forged of [
    'x',
    '%00',
    'é',
    '!!!',
    cursorOf(''),
    cursorOf("agt_1' OR 1=1"),
    cursorOf('agt_'),
    'x'.repeat(200),
  ]) {
    const error = expectRefusal(await list(`cursor=${encodeURIComponent(forged)}`), 400, 'INVALID_CURSOR')
    expect(error.param).toBe('cursor')
  }
  expectRefusal(await list(`cursor=${cursorOf(space.keyId)}`), 400, 'INVALID_CURSOR')
  const foreign = await list(`cursor=${cursorOf(other.agentId)}`)
  expect(foreign.body.data.map(({ id }: { id: string }) => id)).toEqual([space.agentId])
  expect((await list(`cursor=${cursorOf('agt_0000')}`)).body).toEqual({
    data: [],
    pagination: { nextCursor: null, hasMore: false },
  })
  for (const query of [
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=x',
    'limit=',
    'offset=3',
    `cursor=${'x'.repeat(201)}`,
  ]) {
    expectRefusal(await list(query), 400, 'VALIDATION_FAILED')
  }
})

test('the plan’s number of agents holds for requests at the same moment, and deleting makes room', async () => {
  const space = await createWorkspace(worker, { plan: 'starter' })
  const create = (name: string) => space.asOrganization('POST', '/api/agents', { name })
  const made = await Promise.all(['B', 'C', 'D', 'E', 'F'].map(create))
  expect(made.filter(({ status }) => status === 201)).toHaveLength(2)
  for (const answer of made.filter(({ status }) => status !== 201)) {
    const error = expectRefusal(answer, 403, 'PLAN_UPGRADE_REQUIRED')
    expect(error).toMatchObject({ feature: 'agents', requiredPlan: 'pro' })
  }
  await space.asOrganization('DELETE', `/api/agents/${space.agentId}`)
  expect((await create('G')).status).toBe(201)
})

test('a deleted agent takes its keys, knowledge, conversations and counts with it, and nothing else', async () => {
  const space = await createWorkspace(worker)
  await space.addDocument('Canary', 'Refunds take 5 days.')
  await space.ask('How long do refunds take?')
  const second = (await space.asOrganization('POST', '/api/agents', { name: 'Stays' })).body.id
  const kept = (await space.asOrganization('POST', `/api/agents/${second}/keys`, { name: 'Stays' })).body
  const question = { messages: [{ role: 'user', content: 'Hello' }] }
  const askSecond = () => call(worker, 'POST', `/api/agents/${second}/chat`, { key: kept.key, body: question })
  await askSecond()
  expect((await rowsOf(worker, space.orgId)).messages).toHaveLength(4)

  expect((await space.asOrganization('DELETE', `/api/agents/${space.agentId}`)).status).toBe(204)
  expectRefusal(await space.ask('Hello'), 401, 'EXPIRED_API_KEY')
  for (const path of ['', '/keys', '/knowledge/documents', '/conversations', '/usage']) {
    expectRefusal(await space.asOrganization('GET', `/api/agents/${space.agentId}${path}`), 404, 'NOT_FOUND')
  }
  const answersLeft = async () => (await rowsOf(worker, space.orgId)).messages?.length
  await expect.poll(answersLeft, { timeout: 20_000, interval: 100 }).toBe(2)
  const { keys, conversations, messages, audit_log: audit } = await rowsOf(worker, space.orgId)
  expect(keys?.map(({ name }) => name).toSorted()).toEqual(['Stays', 'Test'])
  expect(conversations?.map((row) => row.agent_id)).toEqual([second])
  expect(messages).toHaveLength(2)
  expect(audit?.some(({ action }) => action === 'agent.deleted')).toBe(true)
  const rest = async (object: string, table: string, agentId: string) => {
    const storage = await worker.worker.getDurableObjectStorage(object, { name: `${space.orgId}/${agentId}` })
    const known = await storage.exec('SELECT 1 FROM sqlite_master WHERE name = ?', table)
    return known.length === 0 ? 0 : (await storage.exec(`SELECT * FROM ${table}`)).length
  }
  expect(await rest('KNOWLEDGE', 'documents', space.agentId)).toBe(0)
  expect(await rest('COUNTER', 'counts', space.agentId)).toBe(0)
  expect(await rest('COUNTER', 'counts', second)).toBe(1)
  expect((await space.ask('Hello')).status).toBe(401)
  expect((await askSecond()).status).toBe(200)

  // The row stays until no answer can be running any more: what such an answer writes is erased by the sweep.
  const agentsLeft = async () => (await rowsOf(worker, space.orgId)).agents?.map(({ id }) => id)
  await worker.worker.scheduled({ cron: '*/5 * * * *' })
  expect(new Set(await agentsLeft())).toEqual(new Set([space.agentId, second]))
  const { DB } = worker.env
  const late = `INSERT INTO conversations
    (org_id, agent_id, id, environment, title, message_count, created_at, updated_at)
    VALUES (?, ?, 'cnv_late', 'live', 'Late', 2, 0, 0)`
  await DB.prepare(late).bind(space.orgId, space.agentId).run()
  await DB.prepare('UPDATE agents SET deleted_at = deleted_at - 200000 WHERE id = ?').bind(space.agentId).run()
  await worker.worker.scheduled({ cron: '*/5 * * * *' })
  expect(await agentsLeft()).toEqual([second])
  const { conversations: still } = await rowsOf(worker, space.orgId)
  expect(new Set(still?.map((row) => row.agent_id))).toEqual(new Set([second]))
})
