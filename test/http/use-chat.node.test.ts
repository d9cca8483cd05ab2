import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CANARY, CITED_TEXT, type FakeOpenAI, startFakeOpenAI } from '../support/fake-openai.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json, type Workspace } from '../support/workspace.ts'

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

/** As the docs of the product tell a page to use `useChat`: the SDK's messages become turns, its id our conversation. */
function transportOf(space: Workspace) {
  return new DefaultChatTransport<UIMessage>({
    api: worker.baseUrl + space.chatPath,
    headers: { authorization: `Bearer ${space.apiKey}`, accept: 'text/event-stream' },
    prepareSendMessagesRequest: ({ messages, headers, body }) => ({
      ...(headers ? { headers } : {}),
      body: {
        ...body,
        messages: messages.map(({ role, parts }) => ({
          role,
          content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
        })),
      },
    }),
  })
}

const turn = (role: 'user' | 'assistant', text: string): UIMessage => ({
  id: `${role}-${text.length}`,
  role,
  parts: [{ type: 'text', text }],
})

const send = (space: Workspace, messages: UIMessage[], body: object = {}) =>
  transportOf(space).sendMessages({
    trigger: 'submit-message',
    chatId: 'chat',
    messageId: undefined,
    messages,
    abortSignal: undefined,
    body,
  })

async function read(stream: ReadableStream<UIMessageChunk>) {
  const errors: unknown[] = []
  let message: UIMessage | undefined
  let states = 0
  for await (const state of readUIMessageStream({ stream, onError: (error) => errors.push(error) })) {
    message = state
    states++
  }
  return { message: message as Json, errors: errors.map(String), states }
}

const withModel = (model: string) => createWorkspace(worker, { agent: { behavior: { model } } })

test('the AI SDK reads an answer: text as it grows, sources, citations and metadata', async () => {
  const space = await withModel('fake:cite')
  const linked = await space.addDocument('Refunds', 'Refunds take five days.', { url: 'https://help.example/refunds' })
  const plain = await space.addDocument('Refunds in shops', 'Refunds in shops take a minute.')
  const { message, errors, states } = await read(await send(space, [turn('user', 'How long do refunds take?')]))
  expect(errors).toEqual([])
  expect(states).toBeGreaterThan(3)

  const ofType = (type: string): Json[] => message.parts.filter((part: Json) => part.type === type)
  expect(message).toMatchObject({ role: 'assistant', id: expect.stringMatching(/^msg_/) })
  expect(ofType('text')).toMatchObject([{ text: CITED_TEXT, state: 'done' }])
  expect(ofType('source-url')).toMatchObject([
    { sourceId: linked.id, url: 'https://help.example/refunds', title: 'Refunds' },
  ])
  expect(ofType('source-document')).toMatchObject([{ sourceId: plain.id, title: 'Refunds in shops' }])
  const [{ data: citations }] = ofType('data-citations')
  expect(citations).toMatchObject([{ n: 1, sourceId: linked.id, quote: 'Refunds take five days', verified: true }])
  const { usage, ...ids } = message.metadata
  expect(ids).toEqual({
    conversationId: expect.stringMatching(/^cnv_/),
    agentId: space.agentId,
    correlationId: expect.stringMatching(/^req_/),
  })
  expect(usage.totalTokens).toBe(usage.inputTokens + usage.outputTokens)
  expect(usage.outputTokens).toBeGreaterThan(0)

  const next = [turn('user', 'How long?'), turn('assistant', CITED_TEXT), turn('user', 'And in shops?')]
  const again = await read(await send(space, next, { conversationId: ids.conversationId }))
  expect(again.message.metadata.conversationId).toBe(ids.conversationId)
})

test('every chunk is one that the SDK knows, and the last one is the finish', async () => {
  for (const model of ['embedded', 'fake', 'fake:split', 'fake:length', 'fake:content-filter', 'fake:huge']) {
    const space = await withModel(model)
    await space.addDocument('Refunds', 'Refunds take five days. 🙂', { url: 'https://help.example/refunds' })
    const chunks: Json[] = []
    // The transport throws at the first chunk that its schema does not know.
    for await (const chunk of await send(space, [turn('user', 'How long do refunds take?')])) chunks.push(chunk)
    const types = chunks.map(({ type }) => type)
    expect(types.slice(0, 2)).toEqual(['start', 'source-url'])
    expect(types.filter((type) => type === 'finish' || type === 'abort')).toEqual(['finish'])
    expect(chunks.at(-1)).toMatchObject({
      type: 'finish',
      finishReason: expect.stringMatching(/^(stop|length|content-filter)$/),
    })
    const inText = types.slice(types.indexOf('text-start'), types.indexOf('text-end') + 1)
    expect(inText.slice(1, -1).every((type) => type === 'text-delta')).toBe(true)
    expect(types.filter((type) => type === 'text-delta')).toHaveLength(inText.length - 2)
  }
})

test('a failure in the middle reaches the page as an error after the text that was there', async () => {
  const space = await withModel('fake:drop')
  const { message, errors } = await read(await send(space, [turn('user', 'Hello there')]))
  expect(errors).toEqual(['Error: The model provider did not give a usable answer.'])
  expect(message.parts.find(({ type }: Json) => type === 'text').text.length).toBeGreaterThan(3)
  expect(JSON.stringify(message)).not.toContain(CANARY)

  const early = await withModel('fake:500')
  expect((await read(await send(early, [turn('user', 'Hello there')]))).errors).toEqual([
    'Error: The model provider did not give a usable answer.',
  ])
})

test('a refusal before the stream rejects, with what our envelope says', async () => {
  const space = await createWorkspace(worker, { limits: { messages: 0 } })
  const refused = send(space, [turn('user', 'Hello')]).catch((error: unknown) => error)
  expect(String(await refused)).toMatch(/used all messages|MESSAGE_LIMIT_REACHED/)
})
