import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatAnswer } from '../../src/chat/contract.ts'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let worker: TestWorker
beforeAll(async () => {
  fake = await startFakeOpenAI()
  worker = await startWorker({ vars: { OPENAI_BASE_URL: fake.url }, secrets: { OPENAI_API_KEY: 'sk-good-1234' } })
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const REFUNDS = 'Refunds take 5 to 7 business days after we have your parcel. Shipping costs are not refunded.'
const spaceWith = async (model: string) => {
  const space = await createWorkspace(worker, { agent: { behavior: { model } } })
  const document = await space.addDocument('Refunds', REFUNDS, { url: 'https://help.example/refunds' })
  return { space, document }
}
const messagesOf = async (space: Workspace, conversationId: string): Promise<Json[]> =>
  (await space.asOrganization('GET', `/api/agents/${space.agentId}/conversations/${conversationId}/messages`)).body.data

test('a number that a model made up and a sentence that it does not cite are marked, on every surface alike', async () => {
  const { space } = await spaceWith('fake:say')
  const said =
    'Refunds take 10 business days [1]. Shipping costs are not refunded [1]. We also give a bonus of your choice.'
  const question = `How long do refunds take? SAY: ${said}`
  const { body } = await space.ask(question)
  expect(chatAnswer.parse(body)).toEqual(body)
  expect(body.content).toBe(said)
  expect(body.grounding).toMatchObject({ claims: 3, supported: 1, unchecked: 0, score: 0.333 })
  expect(
    body.grounding.unsupported.map(({ start, end, reason }: Json) => [said.slice(start, end).trim(), reason]),
  ).toEqual([
    [expect.stringMatching(/^Refunds take 10 business days/), 'number-differs'],
    ['We also give a bonus of your choice.', 'no-citation'],
  ])
  const idempotent = { 'idempotency-key': crypto.randomUUID() }
  const frames = framesOf((await space.ask(question, { stream: true }, idempotent)).text)
  const replayed = framesOf((await space.ask(question, { stream: true }, idempotent)).text)
  for (const streamed of [frames, replayed])
    expect(streamed.find(({ type }) => type === 'data-grounding').data).toEqual(body.grounding)
  const [stored] = await messagesOf(space, body.conversationId)
  expect(stored).toMatchObject({ grounding: body.grounding, citations: body.citations, action: null })
  expect(stored.knowledgeEpoch).toBeGreaterThan(0)
})

test('what the built-in model answers is supported to the last sentence', async () => {
  const { space } = await spaceWith('embedded')
  const { body } = await space.ask('How long do refunds take?')
  expect(body.citations.length).toBeGreaterThan(0)
  expect(body.grounding).toMatchObject({ score: 1, unsupported: [] })
  expect(body.grounding.supported).toBe(body.grounding.claims)
  expect((await space.ask('Hello!')).body.grounding).toMatchObject({ claims: 0, score: null })
})

test('an answer that failed is not judged', async () => {
  const { space } = await spaceWith('fake:drop')
  const frames = framesOf((await space.ask('How long do refunds take?', { stream: true })).text)
  expect(frames.map(({ type }) => type)).not.toContain('data-grounding')
  const [stored] = await messagesOf(space, frames[0].messageMetadata.conversationId)
  expect(stored).toMatchObject({ status: 'failed', grounding: null, action: null, citations: [] })
})

test('a stored citation stays as it was and tells when its document has changed or is gone', async () => {
  const { space, document } = await spaceWith('embedded')
  const { conversationId, citations } = (await space.ask('How long do refunds take?')).body
  const cited = async () => (await messagesOf(space, conversationId))[0].citations
  expect(citations[0]).toMatchObject({ sourceState: 'current', contentHash: document.contentHash })
  expect(await cited()).toEqual(citations)
  const storage = await worker.worker.getDurableObjectStorage('KNOWLEDGE', { name: `${space.orgId}/${space.agentId}` })
  await storage.exec(`UPDATE documents SET content_hash = 'of another version' WHERE id = ?`, document.id)
  expect(await cited()).toEqual(citations.map((citation: Json) => ({ ...citation, sourceState: 'changed' })))
  await space.asOrganization('DELETE', `/api/agents/${space.agentId}/knowledge/documents/${document.id}`)
  expect(await cited()).toEqual(citations.map((citation: Json) => ({ ...citation, sourceState: 'deleted' })))
})

test('messages from before citations had chunks and answers were judged are read as they are', async () => {
  const { space } = await spaceWith('embedded')
  const { conversationId, citations } = (await space.ask('How long do refunds take?')).body
  const old = citations.map(({ chunk: _chunk, sourceState: _state, ...citation }: Json) => citation)
  await worker.env.DB.prepare(
    `UPDATE messages SET citations = ?, grounding = NULL, knowledge_epoch = NULL WHERE conversation_id = ? AND role = 'assistant'`,
  )
    .bind(JSON.stringify(old), conversationId)
    .run()
  const [stored] = await messagesOf(space, conversationId)
  expect(stored).toMatchObject({ grounding: null, action: null, knowledgeEpoch: null })
  expect(stored.citations[0]).toMatchObject({ chunk: null, sourceState: 'current', verified: true })
})
