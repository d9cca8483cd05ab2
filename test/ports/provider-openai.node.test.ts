/** The client of OpenAI-compatible APIs, against a fake one over HTTP and against scripted bytes. */
import { afterAll, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { OpenAiModel } from '../../src/models/openai.ts'
import { answerText, CANARY, FAULT_MODES, startFakeOpenAI } from '../support/fake-openai.ts'
import { listen, modelRequest, providerContract } from './provider.ts'

const fake = await startFakeOpenAI()
afterAll(() => fake.close())

const KEY = 'sk-proj-SECRETSECRET-last4'
const TIMEOUTS = { firstToken: 400, gap: 300, total: 1_500 }

function create(model = 'fake', fetcher: typeof fetch = fetch, baseUrl = fake.url) {
  return new OpenAiModel({ baseUrl, apiKey: KEY, model, timeouts: TIMEOUTS, fetch: fetcher })
}

const requestOf = (model: string) =>
  fake.requests.findLast(({ body }) => (body as { model?: string } | undefined)?.model === model)

providerContract(() => create('fake:paced:first=5:gap=1'), answerText())

test('it asks for a stream with usage and bounds the output', async () => {
  await listen(create('fake:tokens=1').stream(modelRequest()))
  expect(requestOf('fake:tokens=1')).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: 'Bearer …ast4' },
    body: { stream: true, stream_options: { include_usage: true }, max_tokens: 1_024, messages: [{}, {}] },
  })
})

test('an abort reaches the provider at once', async () => {
  const caller = new AbortController()
  const model = 'fake:paced:tokens=500:gap=20'
  const heard = await listen(create(model).stream(modelRequest(caller.signal)), () => caller.abort())
  expect(heard).toMatchObject({ thrown: expect.any(Problem), finishes: [] })
  await expect.poll(() => requestOf(model)?.aborted).toBe(true)
  expect(requestOf(model)?.tokensSent).toBeLessThan(50)
})

test('a caller that stops listening ends the work of the provider', async () => {
  const model = 'fake:paced:tokens=500:gap=21'
  for await (const event of create(model).stream(modelRequest())) if (event.type === 'delta') break
  await expect.poll(() => requestOf(model)?.aborted, { timeout: 3_000 }).toBe(true)
  expect(requestOf(model)?.tokensSent).toBeLessThan(200)
})

for (const { mode, model, code } of FAULT_MODES) {
  test(`provider ${mode}: ${code}`, async () => {
    const start = performance.now()
    const heard = await listen(create(model).stream(modelRequest()))
    expect(performance.now() - start).toBeLessThan(TIMEOUTS.total + 1_000)
    if (code === 'ok') {
      expect(heard.thrown).toBeUndefined()
      expect(heard.finishes).toHaveLength(1)
    } else {
      expect(heard.thrown).toBeInstanceOf(Problem)
      expect(heard.thrown).toMatchObject({ code })
      expect(heard.finishes).toEqual([])
    }
    const told = JSON.stringify([heard.text, heard.thrown, String(heard.thrown), (heard.thrown as Problem)?.options])
    expect(told).not.toContain(CANARY)
    expect(told).not.toContain('last4')
  })
}

test('a provider that cannot be reached', async () => {
  const heard = await listen(create('fake', fetch, 'http://127.0.0.1:1/v1').stream(modelRequest()))
  expect(heard).toMatchObject({ thrown: expect.any(Problem), finishes: [] })
  expect(heard.thrown).toMatchObject({ code: 'PROVIDER_ERROR' })
})

test('text that arrives together with an error is not lost', async () => {
  const text = event({ choices: [{ delta: { content: 'Refunds take' } }] })
  const heard = await listen(scripted(text + event({ error: { message: CANARY } })).stream(modelRequest()))
  expect(heard).toMatchObject({ text: 'Refunds take', finishes: [] })
  expect(heard.thrown).toMatchObject({ code: 'PROVIDER_ERROR' })
})

test('the kind framings of one answer, and what ends it early', async () => {
  for (const model of [
    'fake:split',
    'fake:crlf',
    'fake:garbage',
    'fake:no-usage',
    'fake:crlf:seed=9',
    'fake:write=7',
  ]) {
    expect(await listen(create(model).stream(modelRequest())), model).toMatchObject({ text: answerText() })
  }
  expect(await listen(create('fake:length').stream(modelRequest()))).toMatchObject({ finishes: ['length'] })
  expect(await listen(create('fake:content-filter').stream(modelRequest()))).toMatchObject({
    finishes: ['content-filter'],
    text: answerText(3),
  })
  const huge = await listen(create('fake:huge').stream(modelRequest()))
  expect(huge.finishes).toEqual(['length'])
  expect(huge.text).toHaveLength(64 * 1024)
  await expect.poll(() => requestOf('fake:huge')?.closedAtMs).toBeDefined()
})

/** A provider whose answer is exactly these bytes. */
function scripted(body: string | ReadableStream, status = 200, more: Record<string, string> = {}) {
  const headers = { 'content-type': 'text/event-stream', ...more }
  return create('scripted', () => Promise.resolve(new Response(body, { status, headers })))
}

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const ANSWER = event({ choices: [{ delta: { content: 'Yes.' } }] }) + event({ choices: [{ finish_reason: 'stop' }] })

test('usage that is no pair of counts is none, whatever the provider sends', async () => {
  const odd = [
    { prompt_tokens: null, completion_tokens: 5 },
    { prompt_tokens: '7', completion_tokens: 5 },
    { prompt_tokens: -1_000_000, completion_tokens: 5 },
    { prompt_tokens: 1.5, completion_tokens: 5 },
    { prompt_tokens: 5, completion_tokens: {} },
    { prompt_tokens: 5, completion_tokens: 1e300 },
    {},
    [],
    'many',
  ]
  for (const usage of odd) {
    const bytes = `${ANSWER + event({ choices: [], usage })}data: [DONE]\n\n`
    const heard = await listen(scripted(bytes).stream(modelRequest()))
    expect(heard).toMatchObject({ text: 'Yes.', finishes: ['stop'] })
    expect(heard.usage, JSON.stringify(usage)).toBeUndefined()
  }
})

test('a provider that redirects is not followed', async () => {
  const asked: string[] = []
  const redirect: typeof fetch = (input, init) => {
    asked.push(`${input as string} ${init?.redirect}`)
    return Promise.resolve(new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:9/' } }))
  }
  const { thrown } = await listen(create('scripted', redirect).stream(modelRequest()))
  expect(thrown).toMatchObject({ code: 'PROVIDER_ERROR' })
  expect(asked).toEqual([`${fake.url}/chat/completions manual`])
})

test('how long to wait is passed on within reason', async () => {
  const waits = { '7': 7, '0.2': 5, '100000': 5, soon: 5, 'Wed, 21 Oct 2026 07:28:00 GMT': 5, '': 5 }
  for (const [header, seconds] of Object.entries(waits)) {
    const provider = scripted('{}', 429, { 'retry-after': header })
    const { thrown } = await listen(provider.stream(modelRequest()))
    expect(thrown, header).toMatchObject({ code: 'PROVIDER_OVERLOADED', options: { retryAfter: seconds } })
  }
})

test('chunks of the wrong shape are passed over', async () => {
  const odd = [null, 1, 'text', [], {}, { choices: {} }, { choices: [null] }, { choices: [{ delta: null }] }]
  const bytes = `${odd.map(event).join('') + ANSWER}data: [DONE]\n\n`
  expect(await listen(scripted(bytes).stream(modelRequest()))).toMatchObject({ text: 'Yes.', finishes: ['stop'] })
})

test('a line without end is given up, and no more of it is read', async () => {
  let sent = 0
  const endless = new ReadableStream({
    pull: (controller) => {
      sent += 64 * 1024
      controller.enqueue(new Uint8Array(64 * 1024).fill(120))
      if (sent >= 8 * 1024 * 1024) controller.close()
    },
  })
  const { thrown } = await listen(scripted(endless).stream(modelRequest()))
  expect(thrown).toMatchObject({ code: 'PROVIDER_ERROR' })
  expect(sent).toBeLessThan(4 * 1024 * 1024)
})

test('the first word has the time of a first token, also after a chunk that says nothing', async () => {
  const role = event({ choices: [{ delta: { role: 'assistant', content: '' } }] })
  const late = (pause: number) =>
    new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(role))
        await new Promise((resolve) => setTimeout(resolve, pause))
        controller.enqueue(new TextEncoder().encode(`${ANSWER}data: [DONE]\n\n`))
        controller.close()
      },
    })
  // Between the gap of 300 ms and the 400 ms for a first token.
  expect(await listen(scripted(late(350)).stream(modelRequest()))).toMatchObject({ text: 'Yes.', finishes: ['stop'] })
})
