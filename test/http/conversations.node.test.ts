import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatAnswer } from '../../src/chat/contract.ts'
import { type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let fake: FakeOpenAI
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  fake = await startFakeOpenAI({ tokens: 5 })
  worker = await startWorker({ vars: { OPENAI_BASE_URL: fake.url }, secrets: { OPENAI_API_KEY: 'sk-good-1234' } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

const withModel = (model: string) => createWorkspace(worker, { agent: { behavior: { model } } })
const messagesOf = async (space: Workspace, conversationId: string, query = '') =>
  (await space.asOrganization('GET', `/api/agents/${space.agentId}/conversations/${conversationId}/messages${query}`))
    .body
/** The turns of the last request that reached the model, without the rules and without the passages. */
function turnsAsked(): string[] {
  const body = fake.requests.at(-1)?.body as { messages: { role: string; content: string }[] }
  return body.messages.slice(1).map(({ role, content }) => `${role}: ${content.split('\n\nQuestion: ').at(-1)}`)
}

test('a question and its answer are stored with citations, usage and the ids that the client saw', async () => {
  const space = await withModel('embedded')
  await space.addDocument('Refunds', 'Refunds take 5 to 7 business days.', { url: 'https://help.example/r' })
  const question = '  How long do refunds\ntake? 🙂  '
  const answer = (await space.ask(question)).body
  expect(chatAnswer.parse(answer)).toEqual(answer)
  expect(answer.usage.totalTokens).toBe(answer.usage.inputTokens + answer.usage.outputTokens)
  const frames = framesOf((await space.ask('And for gift cards?', { stream: true })).text)

  const path = `/api/agents/${space.agentId}/conversations`
  const { data } = (await space.asOrganization('GET', path)).body
  expect(data).toMatchObject([
    { id: frames[0].messageMetadata.conversationId, title: 'And for gift cards?', messageCount: 2 },
    { id: answer.conversationId, title: 'How long do refunds take? 🙂', environment: 'live', agentId: space.agentId },
  ])
  const { data: messages } = await messagesOf(space, answer.conversationId)
  expect(messages).toMatchObject([
    {
      id: answer.id,
      role: 'assistant',
      content: answer.content,
      status: 'completed',
      citations: answer.citations,
      finishReason: 'stop',
      errorCode: null,
      model: 'embedded',
      usage: answer.usage,
      correlationId: answer.correlationId,
    },
    { role: 'user', content: question, status: 'completed', citations: [], usage: null, model: null },
  ])
  expect(answer.citations).toHaveLength(1)
  const { data: streamed } = await messagesOf(space, frames[0].messageMetadata.conversationId)
  expect(streamed[0]).toMatchObject({ id: frames[0].messageId, usage: frames.at(-1).messageMetadata.usage })
})

test('a single turn is asked after the stored ones; an array of turns is asked as it is', async () => {
  const space = await withModel('fake:echo')
  const first = (await space.ask('One?')).body
  const { conversationId } = first
  expect(turnsAsked()).toEqual(['user: One?'])
  const second = (await space.ask('Two?', { conversationId })).body
  expect(second.conversationId).toBe(conversationId)
  expect(turnsAsked()).toEqual(['user: One?', `assistant: ${first.content}`, 'user: Two?'])

  const own = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Mine?' },
    { role: 'assistant', content: 'Yes.' },
    { role: 'user', content: 'Three?' },
  ]
  const third = (await space.ask('', { conversationId, messages: own })).body
  expect(turnsAsked()).toEqual(own.map(({ role, content }) => `${role}: ${content}`))
  const { data } = await messagesOf(space, conversationId)
  expect(data.map(({ content }: Json) => content)).toEqual([
    third.content,
    'Three?',
    second.content,
    'Two?',
    first.content,
    'One?',
  ])
  const pages: string[] = []
  for (let cursor = ''; ;) {
    const page = await messagesOf(space, conversationId, `?limit=4${cursor}`)
    pages.push(...page.data.map(({ id }: Json) => id))
    if (!page.pagination.hasMore) break
    cursor = `&cursor=${page.pagination.nextCursor}`
  }
  expect(pages).toEqual(data.map(({ id }: Json) => id))

  const other = await withModel('fake:echo')
  const asked = fake.requests.length
  for (const stranger of [conversationId, 'cnv_none', 'x'.repeat(64), "' OR 1=1 --"]) {
    expectRefusal(await other.ask('Whose?', { conversationId: stranger }), 404, 'NOT_FOUND')
    expectRefusal(await other.ask('Whose?', { conversationId: stranger, messages: own }), 404, 'NOT_FOUND')
  }
  const sibling = (await space.asOrganization('POST', '/api/agents', { name: 'Sibling' })).body.id
  const key = (await space.asOrganization('POST', `/api/agents/${sibling}/keys`, { name: 'K' })).body.key
  const chat = await fetch(`${worker.baseUrl}/api/agents/${sibling}/chat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: own, conversationId }),
  })
  expect(chat.status).toBe(404)
  expect(fake.requests).toHaveLength(asked)
})

test('a client that goes on the moment it sees the end finds every turn before it stored, twenty times', async () => {
  const space = await withModel('fake')
  let conversationId: string | undefined
  for (let turn = 0; turn < 20; turn++) {
    const question = { messages: [{ role: 'user', content: `Turn ${turn}?` }], stream: true, conversationId }
    const response = await fetch(worker.baseUrl + space.chatPath, {
      method: 'POST',
      headers: { authorization: `Bearer ${space.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    expect(response.status).toBe(200)
    let text = ''
    const decoder = new TextDecoder()
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    while (!text.includes('"type":"finish"')) {
      const { value, done } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    // The rest of the body is left unread: the next question is sent while this one is still open.
    void reader.cancel()
    expect(turnsAsked()).toHaveLength(2 * turn + 1)
    conversationId = framesOf(text)[0].messageMetadata.conversationId
  }
  expect(turnsAsked()[0]).toBe('user: Turn 0?')
  const { data } = await messagesOf(space, String(conversationId), '?limit=100')
  expect(data).toHaveLength(40)
  expect(data.every(({ status }: Json) => status === 'completed')).toBe(true)
})

test('what is used is what was answered, by organization and by agent; a failure costs nothing and is counted', async () => {
  const space = await withModel('fake')
  const usage = async () => (await space.asOrganization('GET', '/api/usage')).body
  const ofAgent = async () => (await space.asOrganization('GET', `/api/agents/${space.agentId}/usage`)).body.data
  expect(await ofAgent()).toEqual([])
  let [messages, inputTokens, outputTokens] = [0, 0, 0]
  for (const stream of [false, true, false, true]) {
    const answer = await space.ask('How many?', { stream })
    const used = stream ? framesOf(answer.text).at(-1).messageMetadata.usage : answer.body.usage
    messages++
    inputTokens += used.inputTokens
    outputTokens += used.outputTokens
  }
  expect(outputTokens).toBe(4 * 5)
  const month = new Date().toISOString().slice(0, 7)
  const counted = { month, messages, inputTokens, outputTokens, failures: 0 }
  const used = { messages: { used: messages, reserved: 0 }, tokens: { used: inputTokens + outputTokens, reserved: 0 } }
  expect(await ofAgent()).toEqual([counted])
  expect(await usage()).toMatchObject(used)

  await space.asOrganization('PATCH', `/api/agents/${space.agentId}`, { behavior: { model: 'fake:500' } })
  expectRefusal(await space.ask('Broken?'), 502, 'PROVIDER_ERROR')
  const frames = framesOf((await space.ask('Broken?', { stream: true })).text)
  expect(frames.map(({ type }: Json) => type)).toEqual(['start', 'error', 'finish'])
  expect(frames[1]).toMatchObject({ code: 'PROVIDER_ERROR', correlationId: frames[0].messageMetadata.correlationId })
  expect(await ofAgent()).toEqual([{ ...counted, failures: 2 }])
  expect(await usage()).toMatchObject(used)
  const { data } = await messagesOf(space, frames[0].messageMetadata.conversationId)
  expect(data[0]).toMatchObject({ status: 'failed', errorCode: 'PROVIDER_ERROR', content: '', finishReason: 'error' })
})

test('no letter of a question makes its turn get lost', async () => {
  const space = await withModel('fake:echo')
  const questions = [
    'null \\u0000 inside',
    'half \\ud83d letter',
    'bidi \\u202e and \\u2028',
    'quote \\" and \\\\ and %s ?',
  ]
  for (const question of questions) {
    const body = `{"messages":[{"role":"user","content":"${question}"}]}`
    const answer = await space.asOrganization('POST', space.chatPath, body)
    expect(answer.status, answer.text).toBe(200)
    const { data } = await messagesOf(space, answer.body.conversationId)
    const sent = JSON.parse(`"${question}"`).toWellFormed()
    expect(data[1]).toMatchObject({ role: 'user', content: sent })
    const next = await space.ask('Go on', { conversationId: answer.body.conversationId })
    expect(next.status, next.text).toBe(200)
    expect(turnsAsked()[0]).toBe(`user: ${sent}`)
  }
})
