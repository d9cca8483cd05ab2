/** The test support itself: what the fakes promise to every other test. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerText, CANARY, CITED_TEXT, FAULT_MODES, startFakeOpenAI } from './fake-openai.ts'
import type { FakeOpenAI } from './fake-openai.ts'

let fake: FakeOpenAI
beforeAll(async () => {
  fake = await startFakeOpenAI()
})
afterAll(() => fake.close())

const USER = { role: 'user', content: 'Wie lange dauert das, bitte? 🙂' }

function post(model: string, body: object = {}, key = 'sk-good-1234', patienceMs = 10_000) {
  return fetch(`${fake.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(patienceMs),
    body: JSON.stringify({ model, messages: [USER], stream: true, ...body }),
  })
}

interface Read {
  text: string
  /** Parsed `data:` lines; null for one that is not JSON. */
  events: ReturnType<typeof parsed>[]
  content: string
  finish: string | undefined
  done: boolean
  /** Why reading stopped before the end: the name of the error. */
  broken: string | undefined
}

function parsed(data: string) {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

async function read(response: Promise<Response>): Promise<Read> {
  let text = ''
  let broken: string | undefined
  try {
    const decoder = new TextDecoder()
    for await (const bytes of (await response).body ?? []) text += decoder.decode(bytes, { stream: true })
  } catch (error) {
    broken = error instanceof Error ? error.name : 'unknown'
  }
  const data = text.split(/\r?\n/).flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? [])
  const events = data.filter((line) => line !== '[DONE]').map(parsed)
  const content = events.map((event) => event?.choices?.[0]?.delta.content ?? '').join('')
  const finish = events.findLast((event) => event?.choices?.[0]?.finish_reason)?.choices[0].finish_reason
  return { text, events, content, finish, done: data.at(-1) === '[DONE]', broken }
}

test('a stream is role, tokens, finish, usage only if asked for, [DONE]', async () => {
  const plain = await read(post('fake'))
  expect(plain).toMatchObject({ content: answerText(), finish: 'stop', done: true, broken: undefined })
  expect(plain.events).toHaveLength(52)
  expect(plain.events[0].choices[0].delta).toEqual({ role: 'assistant', content: '', refusal: null })
  expect(plain.events.every((event) => event.object === 'chat.completion.chunk' && !('usage' in event))).toBe(true)

  const counted = await read(post('fake', { stream_options: { include_usage: true } }))
  expect(counted.events.slice(0, -1).every((event) => event.usage === null)).toBe(true)
  expect(counted.events.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 50 } })
  const without = await read(post('fake:no-usage', { stream_options: { include_usage: true } }))
  expect(without).toMatchObject({ content: answerText(), done: true })
  expect(without.text).not.toContain('"usage"')
})

test('an answer without stream is one JSON object', async () => {
  const response = await post('fake', { stream: false })
  expect(await response.json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: answerText() }, finish_reason: 'stop' }],
    usage: { completion_tokens: 50 },
  })
})

test('echo, cite and the caller limit of tokens', async () => {
  expect((await read(post('fake:echo'))).content).toBe(JSON.stringify(USER))
  expect((await read(post('fake:cite'))).content).toBe(CITED_TEXT)
  const cropped = await read(post('fake', { max_completion_tokens: 4 }))
  expect(cropped).toMatchObject({ content: answerText(4), finish: 'length' })
})

test('errors are OpenAI errors and carry the canary', async () => {
  for (const mode of ['429', '500', '503', '401', '400']) {
    const response = await post(`fake:${mode}`)
    expect(response.status).toBe(Number(mode))
    expect(response.headers.get('retry-after')).toBe(mode === '429' || mode === '503' ? '1' : null)
    const { error } = parsed(await response.text())
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code'])
    expect(error.message).toContain(CANARY)
  }
  const refused = await post('fake', {}, 'sk-bad-key-zzzz9876')
  expect(refused.status).toBe(401)
  expect(parsed(await refused.text()).error.code).toBe('invalid_api_key')
  expect((await post('fake:no-such-mode')).status).toBe(404)
})

test('times ends a fault, so that a retry can succeed', async () => {
  expect((await post('fake:500:times=1')).status).toBe(500)
  expect((await read(post('fake:500:times=1'))).content).toBe(answerText())
})

test('answers that only look healthy', async () => {
  const html = await post('fake:html')
  expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(await html.text()).toContain(CANARY)
  expect(await read(post('fake:empty'))).toMatchObject({ text: '', broken: undefined })
  expect(await read(post('fake:no-finish'))).toMatchObject({ content: answerText(3), finish: undefined, done: false })
  expect(await read(post('fake:garbage-all'))).toMatchObject({ events: [], broken: undefined })
  const garbage = await read(post('fake:garbage'))
  expect(garbage).toMatchObject({ content: answerText(), finish: 'stop', done: true })
  expect(garbage.events.filter((event) => event === null)).toHaveLength(1)
  const failed = await read(post('fake:error-chunk'))
  expect(failed).toMatchObject({ content: answerText(3), finish: undefined })
  expect(failed.events.at(-1).error.message).toContain(CANARY)
})

test('connections that die', async () => {
  expect(await read(post('fake:reset-before'))).toMatchObject({ text: '', broken: 'TypeError' })
  expect(await read(post('fake:drop'))).toMatchObject({ content: answerText(3), broken: 'TypeError' })
  expect(fake.requests.at(-1)).toMatchObject({ aborted: false, tokensSent: 3 })
})

test('silence lasts until the caller hangs up, and the record says so', async () => {
  const tokens = { 'hang-connect': 0, 'hang-first': 0, stall: 3, slow: 1 }
  for (const [mode, count] of Object.entries(tokens)) {
    const answer = await read(post(`fake:${mode}`, {}, 'sk-good-1234', 500))
    expect(answer).toMatchObject({ broken: 'TimeoutError', content: answerText(count) })
    const record = fake.requests.at(-1)
    await expect.poll(() => record?.aborted).toBe(true)
    expect(record?.tokensSent).toBe(count)
    expect((record?.closedAtMs ?? 0) - (record?.receivedAtMs ?? 0)).toBeGreaterThan(400)
  }
  expect(await read(post('fake:slow:tokens=3:gap=10'))).toMatchObject({ content: answerText(3), finish: 'stop' })
})

test('unkind but correct framings give the same answer', async () => {
  for (const model of ['fake:split', 'fake:split:seed=7', 'fake:crlf', 'fake:crlf:seed=3', 'fake:write=10']) {
    expect(await read(post(model))).toMatchObject({ content: answerText(), finish: 'stop', done: true })
  }
  expect((await read(post('fake:crlf'))).text).toMatch(/^: keep-alive\r\n\r\ndata:\{/)
  expect((await read(post('fake:huge'))).content).toHaveLength(204_800)
  expect((await read(post('fake:length'))).finish).toBe('length')
  expect((await read(post('fake:content-filter'))).finish).toBe('content_filter')
})

test('split really cuts inside characters', async () => {
  const { body } = await post('fake:split')
  let inside = 0
  for await (const bytes of body ?? []) if (((bytes[0] ?? 0) & 0xc0) === 0x80) inside += 1
  expect(inside).toBeGreaterThan(0)
  expect(fake.requests.at(-1)?.tokensSent).toBe(50)
  expect(await read(post('fake:drop:seed=4'))).toMatchObject({ content: answerText(3), finish: undefined })
})

test('paced takes its time', async () => {
  const start = performance.now()
  await read(post('fake:paced:first=50:gap=5:tokens=21'))
  expect(performance.now() - start).toBeGreaterThan(149)
})

test('requests are recorded without the key', async () => {
  await read(post('fake:tokens=2', { temperature: 0.5 }))
  const record = fake.requests.at(-1)
  expect(record).toMatchObject({ method: 'POST', path: '/v1/chat/completions', aborted: false, tokensSent: 2 })
  expect(record?.headers.authorization).toBe('Bearer …1234')
  expect(record?.body).toMatchObject({ model: 'fake:tokens=2', temperature: 0.5, messages: [USER] })
  expect(JSON.stringify(fake.requests)).not.toContain('sk-good')
})

test('every fault mode names its code', () => {
  expect(FAULT_MODES.map(({ mode }) => mode)).toContain('hang-first')
  expect(FAULT_MODES).toHaveLength(23)
  expect(FAULT_MODES.find(({ mode }) => mode === '401')).toMatchObject({ code: 'PROVIDER_KEY_INVALID', status: 502 })
  expect(FAULT_MODES.find(({ mode }) => mode === 'stall')).toMatchObject({ code: 'PROVIDER_TIMEOUT', status: 504 })
})
