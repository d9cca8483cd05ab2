import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomOf, readStream, settledUsage } from '../chat/streams.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { startFakeOpenAI } from '../support/fake-openai.ts'
import { addPerson, browse } from '../support/people.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json } from '../support/workspace.ts'

const fake = await startFakeOpenAI({ tokens: 80, firstDelayMs: 5, gapMs: 3 })
let worker: TestWorker
beforeAll(async () => {
  worker = await startDirectWorker({ vars: { OPENAI_BASE_URL: fake.url }, secrets: { OPENAI_API_KEY: 'sk-good-1234' } })
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const sumOf = (rows: Json[], field: string) => rows.reduce((sum, row) => sum + row[field], 0)

test('whatever becomes of chats, the rows of their calls add up to the budget, by every grouping', async () => {
  const models = ['gpt-5-mini', 'fake', 'fake:drop', 'fake:500', 'fake:empty', 'fake:no-usage', 'embedded']
  const space = await createWorkspace(worker)
  const member = await addPerson(worker, space.orgId, 'owner')
  const random = randomOf(20_261_124)
  let asked = 0
  for (const model of models) {
    const changed = await space.asOrganization('PATCH', `/api/agents/${space.agentId}`, { behavior: { model } })
    expect(changed.status, changed.text).toBe(200)
    const leaves = Array.from({ length: 6 }, () => (random() < 0.5 ? Math.ceil(random() * 150) : Infinity))
    await Promise.all(leaves.map((leave) => readStream(worker, space, leave)))
    await space.ask('Why?')
    await browse(worker, member.token, 'POST', space.chatPath, { messages: [{ role: 'user', content: 'Why?' }] })
    asked += leaves.length + 2
  }
  const usage = await settledUsage(space)
  const report = async (query: string): Promise<Json> =>
    (await space.asOrganization('GET', `/api/usage?${query}`)).body.report
  await expect.poll(async () => (await report('groupBy=day')).totals.calls, { timeout: 10_000 }).toBe(asked)
  for (const groupBy of ['day', 'agent', 'channel', 'model', 'key']) {
    const { totals, data, isComplete } = await report(`groupBy=${groupBy}`)
    expect(isComplete).toBe(true)
    expect(totals).toMatchObject({ messages: usage.messages.used, tokens: usage.tokens.used, calls: asked })
    for (const field of Object.keys(totals)) expect(sumOf(data, field), `${groupBy} ${field}`).toBe(totals[field])
  }
  const byModel = new Map<string, Json>((await report('groupBy=model')).data.map((row: Json) => [row.key, row]))
  expect([...byModel.keys()].toSorted()).toEqual(models.toSorted())
  expect(byModel.get('fake')).toMatchObject({ costMicros: 0, unpricedCalls: 8 })
  expect(byModel.get('fake:500')).toMatchObject({ messages: 0, tokens: 0, failures: 8 })
  expect(byModel.get('embedded')).toMatchObject({ costMicros: 0, unpricedCalls: 0 })
  const channels = (await report('groupBy=channel')).data.map(({ key, calls }: Json) => [key, calls])
  expect(channels).toEqual([
    ['api', asked - models.length],
    ['tester', models.length],
  ])
})

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

test('a report has bounds, and its time is looked at', async () => {
  const space = await createWorkspace(worker)
  const { body } = await space.asOrganization('GET', '/api/usage')
  expect(Object.keys(body)).toEqual(['periodStart', 'resetsAt', 'messages', 'tokens'])
  await space.ask('Why?')
  const calls = async (from: number, to: number) =>
    (await space.asOrganization('GET', `/api/usage?from=${at(from)}&to=${at(to)}`)).body.report.totals.calls
  expect(await calls(-1, 1)).toBe(1)
  expect(await calls(-2, -1)).toBe(0)
  for (const query of [`from=${at(-100)}`, `from=${at(1)}&to=${at(0)}`, 'groupBy=weather', 'from=yesterday']) {
    const refused = await space.asOrganization('GET', `/api/usage?${query}`)
    expect([refused.status, refused.body.error.code], query).toEqual([400, 'VALIDATION_FAILED'])
  }
})
