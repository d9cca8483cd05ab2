import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsOf } from '../support/database.ts'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  fake = await startFakeOpenAI()
  worker = await startWorker({ vars: { OPENAI_BASE_URL: fake.url }, secrets: { OPENAI_API_KEY: 'sk-good-1234' } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const ARTICLES = [
  ['Refunds', 'Refunds take 5 to 7 business days after we have your parcel.'],
  ['Delivery to islands', 'Delivery to islands takes two days longer and is done by boat.'],
  ['Delivery times', 'Delivery takes 3 to 5 days. Express delivery takes one day.'],
  ['Warranty', 'All devices come with a two-year warranty.'],
]

async function spaceWith(behavior: Record<string, unknown>): Promise<Workspace> {
  const space = await createWorkspace(worker, { agent: { behavior: { model: 'embedded', ...behavior } } })
  for (const [title = '', content = ''] of ARTICLES) await space.addDocument(title, content)
  return space
}
const eventsOf = async (space: Workspace) =>
  ((await rowsOf(worker, space.orgId)).events ?? [])
    .filter(({ type }) => /^(?:question|conversation)\./.test(String(type)))
    .map(({ type, data }) => ({ type, data: JSON.parse(String(data)) }))
const lastOf = async (space: Workspace, conversationId: string): Promise<Json> => {
  const path = `/api/agents/${space.agentId}/conversations/${conversationId}/messages`
  return (await space.asOrganization('GET', path)).body.data[0]
}
function promptTexts(): string[] {
  const request = fake.requests.at(-1) as Json
  return request.body.messages.map(({ content }: Json) => content)
}
const REFUSAL = 'I could not find an answer to that in our help articles.'
/** Near to some documents, and answered by none. */
const NEARLY = 'Does your courier ring the doorbell on delivery of furniture upstairs?'

test('by default an agent says that it does not know, and the question is noted as unanswered', async () => {
  const space = await spaceWith({})
  const { body } = await space.ask('Which pizza toppings exist?')
  expect(body).toMatchObject({
    content: REFUSAL,
    citations: [],
    action: { action: 'refuse', reason: 'no_evidence' },
    grounding: { claims: 0, score: null },
  })
  expect(await lastOf(space, body.conversationId)).toMatchObject({ action: body.action })
  expect(await eventsOf(space)).toEqual([
    {
      type: 'question.unanswered',
      data: {
        agentId: space.agentId,
        conversationId: body.conversationId,
        messageId: body.id,
        environment: 'live',
        action: 'refuse',
        evidence: expect.any(Number),
      },
    },
  ])
  for (const question of ['Hello!', 'How long do refunds take?']) {
    const answer = await space.ask(question, { stream: true })
    expect(framesOf(answer.text).map(({ type }) => type)).not.toContain('data-action')
  }
  expect(await eventsOf(space)).toHaveLength(1)
})

test('asking back names the nearest documents, once in a row', async () => {
  const space = await spaceWith({ noEvidence: 'ask_back' })
  const first = framesOf((await space.ask(NEARLY, { stream: true })).text)
  const text = first.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta)
  const { data: action } = first.find(({ type }) => type === 'data-action')
  expect(action).toMatchObject({ action: 'ask_back', reason: 'no_evidence' })
  const titles = action.options.map(({ title }: Json) => title)
  expect(titles.length).toBeGreaterThan(0)
  expect(titles.length).toBeLessThanOrEqual(3)
  expect(titles).toContain('Delivery times')
  for (const title of titles) expect(text.join('')).toContain(title)
  expect(text.join('')).toMatch(/^I did not find exactly that\. Do you mean: .* or .*\?$/)
  expect(first.find(({ type }) => type === 'data-grounding').data).toMatchObject({ claims: 0 })

  const { conversationId } = first[0].messageMetadata
  const second = (await space.ask(NEARLY, { conversationId })).body
  expect(second).toMatchObject({ content: REFUSAL, action: { action: 'refuse' } })
  const third = (await space.ask(NEARLY, { conversationId })).body
  expect(third.action).toEqual(action)
  // A client that sends its turns itself is remembered by them.
  const turns = [
    { role: 'user', content: NEARLY },
    { role: 'assistant', content: third.content },
    { role: 'user', content: NEARLY },
  ]
  expect((await space.ask('', { messages: turns })).body.action).toEqual({ action: 'refuse', reason: 'no_evidence' })
  // Where nothing came near there is nothing to ask.
  expect((await space.ask('Zwölf Boxkämpfer?')).body.action).toEqual({ action: 'refuse', reason: 'no_evidence' })
})

test('a question back is asked in the words and the language of the agent', async () => {
  const space = await spaceWith({ noEvidence: 'ask_back', askBackText: 'Meinen Sie {titles}?', language: 'de' })
  const { body } = await space.ask(NEARLY)
  expect(body.content).toMatch(/^Meinen Sie .* oder .*\?$/)
  await space.asOrganization('PATCH', `/api/agents/${space.agentId}`, { behavior: { language: 'pt-b2' } })
  expect((await space.ask(NEARLY)).body.content).toMatch(/^Meinen Sie .* or .*\?$/)
})

test('handing off tells the client, the conversation and the outbox', async () => {
  const space = await spaceWith({ noEvidence: 'hand_off', handOffText: 'One moment, a colleague will answer that.' })
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const answer = await space.ask(NEARLY, { stream: true }, headers)
  const frames = framesOf(answer.text)
  const data = { action: 'handoff', reason: 'no_evidence' }
  expect(frames.find(({ type }) => type === 'data-action').data).toEqual(data)
  const { conversationId } = frames[0].messageMetadata
  const replay = (await space.ask(NEARLY, { stream: true }, headers)).text
  expect(framesOf(replay).find(({ type }) => type === 'data-action').data).toEqual(data)

  const path = `/api/agents/${space.agentId}/conversations`
  const list = async () => (await space.asOrganization('GET', path)).body.data
  const [conversation] = await list()
  expect(conversation).toMatchObject({ id: conversationId, handoffRequestedAt: expect.stringMatching(/^20/) })
  expect(await lastOf(space, conversationId)).toMatchObject({
    action: data,
    content: 'One moment, a colleague will answer that.',
  })
  const ids = { agentId: space.agentId, conversationId, messageId: frames[0].messageId, environment: 'live' }
  const events = await eventsOf(space)
  expect(events).toHaveLength(2)
  expect(events).toContainEqual({ type: 'conversation.handoff_requested', data: { ...ids, reason: 'no_evidence' } })
  expect(events).toContainEqual({
    type: 'question.unanswered',
    data: { ...ids, action: 'handoff', evidence: expect.any(Number) },
  })
  // An answer in between does not take the request back.
  await space.ask('How long do refunds take?', { conversationId })
  expect((await list())[0].handoffRequestedAt).toBe(conversation.handoffRequestedAt)
  await space.ask('How long do refunds take?')
  expect((await list())[0].handoffRequestedAt).toBeNull()
})

test('a model that writes is asked all the same, told the way out, and recognized when it takes it', async () => {
  const handOffText = 'One moment, a colleague will answer that.'
  const space = await spaceWith({ model: 'fake:say', noEvidence: 'hand_off', handOffText })
  const promptOf = () => promptTexts().join('\n')
  const handed = (await space.ask(`Who sings? SAY: I am sorry. ${handOffText}`)).body
  expect(promptOf()).toContain(`without translating it, this: ${handOffText}`)
  expect(handed).toMatchObject({ action: { action: 'handoff' }, citations: [], grounding: { claims: 0 } })
  // Little was found, and yet a model may answer: that it can help, or what was said before.
  expect((await space.ask('Who sings? SAY: Hello! What can I do for you?')).body.action).toBeNull()
  expect(
    (await space.ask(`How long do refunds take? SAY: Refunds take 5 to 7 business days [1].`)).body.action,
  ).toBeNull()
  expect(await eventsOf(space)).toHaveLength(2)
  // In its own words: nothing is handed off, but the question counts as unanswered.
  const own = (await space.ask('Who sings? SAY: Our articles tell nothing of singers.')).body
  expect(own).toMatchObject({ action: null, grounding: { unsupported: [{ reason: 'no-citation' }] } })
  expect((await eventsOf(space)).at(-1)).toMatchObject({
    type: 'question.unanswered',
    data: { action: null, messageId: own.id },
  })

  const asking = await spaceWith({ model: 'fake:say', noEvidence: 'ask_back' })
  await asking.ask(`${NEARLY} SAY: No.`)
  const [system = '', user = ''] = promptTexts()
  expect(user).toContain('If there is no answer: I did not find exactly that. Do you mean: ')
  // Titles come from crawled pages: they never stand among the rules.
  expect(system).not.toContain('Delivery')
})

test('agents of before have the policy of before; texts that could not work are refused', async () => {
  const space = await spaceWith({})
  await worker.env.DB.batch([
    worker.env.DB.prepare(
      `UPDATE agents SET behavior = json_remove(behavior, '$.noEvidence', '$.askBackText', '$.handOffText') WHERE id = ?`,
    ).bind(space.agentId),
    worker.env.DB.prepare('UPDATE organizations SET version = version + 1 WHERE id = ?').bind(space.orgId),
  ])
  const path = `/api/agents/${space.agentId}`
  expect((await space.asOrganization('GET', path)).body.behavior).toMatchObject({ noEvidence: 'say_so' })
  expect((await space.ask('Which pizza toppings exist?')).body.content).toBe(REFUSAL)
  for (const behavior of [{ noEvidence: 'guess' }, { askBackText: 'Which one?' }, { handOffText: '  ' }])
    expectRefusal(await space.asOrganization('PATCH', path, { behavior }), 400, 'VALIDATION_FAILED')
  const changed = await space.asOrganization('PATCH', path, { behavior: { noEvidence: 'hand_off' } })
  expect(changed.body.behavior).toMatchObject({ noEvidence: 'hand_off', refusalText: REFUSAL })
  expect((await space.ask('Which pizza toppings exist?')).body.action.action).toBe('handoff')
})
