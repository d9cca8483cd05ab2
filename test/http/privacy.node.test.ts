import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { idAt } from '../../src/lib/ids.ts'
import { HARMLESS, HOLDINGS, WITHHELD } from '../../src/privacy/holdings.ts'
import { dumpDatabase } from '../support/database.ts'
import { createInhabited } from '../support/inhabited.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const count = async (table: string, orgId: string) =>
  (
    await worker.env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE org_id = ?`)
      .bind(orgId)
      .first<{ n: number }>()
  )?.n

test('every table of the database is exported or has a reason not to be, and no column of a secret leaves', async () => {
  const { results } = await worker.env.DB.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'`,
  ).all<{ name: string }>()
  const known = [...HOLDINGS.map(({ name }) => name), ...Object.keys(WITHHELD)]
  // A new table with rows of an organization belongs into HOLDINGS of src/privacy/holdings.ts.
  expect(new Set(results.map(({ name }) => name))).toEqual(new Set(known))
  for (const { name, secret = [] } of HOLDINGS) {
    const columns = await worker.env.DB.prepare(`SELECT name FROM pragma_table_info('${name}')`).all<{ name: string }>()
    const telling = columns.results
      .map((column) => column.name)
      .filter((column) => /hash|sealed|secret|token(?!s)|password|signature/.test(column))
      .filter((column) => !secret.includes(column) && !HARMLESS.includes(`${name}.${column}`))
    expect(telling, name).toEqual([])
  }
})

test('an export holds all rows and documents of the organization, nothing of another and no secret', async () => {
  const own = await createInhabited(worker, 'CANARY-OWN')
  const other = await createInhabited(worker, 'CANARY-OTHER')
  const { text, headers, status } = await own.asOrganization('GET', '/api/organization/export')
  expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
  const lines = framesOf(text)
  const { counts } = lines.at(-1)
  const rows = lines.filter(({ type }) => type === 'row')
  for (const { name, org } of HOLDINGS) {
    const found = rows.filter(({ table }) => table === name).length
    expect(found, name).toBe(org ? 1 : await count(name, own.orgId))
    expect(found, name).toBe(counts[name])
    expect(found, name).toBeGreaterThan(0)
  }
  const documents = lines.filter(({ type }) => type === 'document')
  expect(documents.map(({ document }) => document.content)).toContain('The secret word is CANARY-OWN.')
  expect(rows.find(({ table }) => table === 'members').row).toMatchObject({ email: expect.any(String) })
  expect(rows.filter(({ row }) => row.action === 'organization.exported')).toHaveLength(1)
  for (const canary of other.canaries.filter((word) => word.length > 8)) expect(text).not.toContain(canary)

  const secrets = [own.apiKey, own.organizationKey, 'sk-CANARY-OWN', own.session]
  const dump = await dumpDatabase(worker)
  const stored = Array.from(
    dump.matchAll(/"(?:sealed|token_hash|password_hash)":"([^"]+)"/g),
    ([, value = '']) => value,
  )
  const hashes = Array.from(dump.matchAll(/^keys .*"hash":"([^"]+)"/gm), ([, value = '']) => value)
  expect(stored.length + hashes.length).toBeGreaterThan(5)
  for (const secret of [...secrets, ...stored, ...hashes]) expect(text).not.toContain(secret)
})

test('more rows than a page are all exported, once', async () => {
  const space = await createWorkspace(worker)
  const insert = worker.env.DB.prepare(
    `INSERT INTO events VALUES (?, ?, 'agent.published', '{"agentId":"x","name":"y"}', 1)`,
  )
  const ids = Array.from({ length: 250 }, (_, i) => `evt_x${String(i).padStart(4, '0')}`)
  await worker.env.DB.batch(ids.map((id) => insert.bind(space.orgId, id)))
  const lines = framesOf((await space.asOrganization('GET', '/api/organization/export')).text)
  const exported = lines.map(({ row }) => String(row?.id)).filter((id) => id.startsWith('evt_x'))
  expect(exported).toEqual(ids)
})

async function converse(space: Workspace, turns: number): Promise<string> {
  let conversationId: string | undefined
  for (let i = 0; i < turns; i++) {
    const answer: Json = (await space.ask(`Question ${i}?`, conversationId ? { conversationId } : {})).body
    conversationId = answer.conversationId
  }
  return conversationId ?? ''
}

test('an erased conversation leaves a receipt with the hash of its export, and the rows of its usage', async () => {
  const space = await createWorkspace(worker)
  const kept = await converse(space, 1)
  const id = await converse(space, 2)
  const path = `/api/agents/${space.agentId}/conversations/${id}`
  const exported = (await space.asOrganization('GET', `${path}/export`)).text
  const lines = framesOf(exported)
  expect(lines.map(({ type }) => type)).toEqual(['conversation', ...Array(4).fill('message'), 'end'])
  const erased = await space.asOrganization('DELETE', path)
  const whole = exported.slice(0, exported.lastIndexOf('{"type":"end"'))
  const sha256 = createHash('sha256').update(whole).digest('hex')
  expect(erased.body).toMatchObject({ conversationId: id, messages: 4, sha256 })

  for (const method of ['DELETE', 'GET'] as const) {
    expect((await space.asOrganization(method, method === 'GET' ? `${path}/messages` : path)).status).toBe(404)
  }
  expect(await dumpDatabase(worker)).not.toContain('Question 1?')
  expect((await space.asOrganization('GET', `/api/agents/${space.agentId}/conversations`)).body.data).toMatchObject([
    { id: kept },
  ])
  const { data } = (await space.asOrganization('GET', `/api/audit?target=${id}`)).body
  expect(data.map(({ action }: Json) => action)).toEqual(['conversation.erased', 'conversation.exported'])
  expect(data[0]).toMatchObject({ id: erased.body.id, details: { messages: 4, sha256 } })
  expect((await space.asOrganization('GET', '/api/usage?groupBy=day')).body.report.totals.messages).toBe(3)
  expect((await space.asOrganization('GET', '/api/audit/verification')).body.isIntact).toBe(true)
})

test('the sweep erases what is older than the plan keeps it, and nothing younger or continued', async () => {
  const DAY = 86_400_000
  const space = await createWorkspace(worker, { plan: 'free' })
  const { DB } = worker.env
  const conversation = DB.prepare(`INSERT INTO conversations VALUES (?, ?, ?, 'live', 'Old', 2, ?, ?, NULL, 'api')`)
  const message = DB.prepare(
    `INSERT INTO messages (org_id, conversation_id, id, role, content, status, request_id, created_at)
     VALUES (?, ?, ?, 'user', 'Old?', 'completed', 'req_1', 1)`,
  )
  const insert = (name: string, made: number, continued: number) => {
    const now = Date.now()
    const id = `${idAt('cnv', now - made * DAY)}${name.padStart(16, '0')}`
    return [
      conversation.bind(space.orgId, space.agentId, id, now - made * DAY, now - continued * DAY),
      message.bind(space.orgId, id, `msg_${name}`),
    ]
  }
  const old = Array.from({ length: 120 }, (_, i) => insert(`a${i}`, 40, 31))
  await DB.batch([...old, insert('y', 29, 29), insert('c', 40, 2)].flat())
  await worker.worker.scheduled({ cron: '*/5 * * * *' })
  expect([await count('conversations', space.orgId), await count('messages', space.orgId)]).toEqual([2, 2])
  const { data } = (await space.asOrganization('GET', '/api/audit?action=conversations.expired')).body
  const told = data.map(({ details }: Json) => details.conversations as number)
  expect(told).toEqual([20, 50, 50])
  expect(data[0]).toMatchObject({ actorType: 'job', actorId: 'retention', target: space.agentId })
})
