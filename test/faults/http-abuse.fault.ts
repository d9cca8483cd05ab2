/** S4: requests that no client means well with. Sent over bare sockets, because fetch would not send most of them. */
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'

const TIMES = 20
const PATIENCE = 2_000
let worker: TestWorker
let space: Workspace
beforeAll(async () => {
  worker = await startDirectWorker()
  space = await createWorkspace(worker)
})
afterAll(() => worker.close())

const GOOD = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] })

type Abuse = {
  headers?: string[]
  /** One text, or pieces that are written one after the other. */
  body?: string | string[]
  length?: number | 'chunked'
  type?: string
  /** What may be answered; a connection that the server ends counts as `closed`. */
  expected: (number | 'closed')[]
}

const MB = 1024 * 1024
const megabytes = (count: number) => Array.from({ length: count * 16 }, () => 'x'.repeat(MB / 16))
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)
const inContent = (value: string) => `{"messages":[{"role":"user","content":${value}}]}`
const withMember = (member: string) => `{"messages":[{"role":"user","content":"Hi"}],${member}}`

const ABUSES: Record<string, Abuse> = {
  'a header of 1 MB': { headers: [`x-long: ${'a'.repeat(MB)}`], body: GOOD, expected: [400, 413, 431, 'closed'] },
  '10,000 headers': {
    headers: Array.from({ length: 10_000 }, (_, i) => `x-${i}: 1`),
    body: GOOD,
    expected: [400, 413, 431, 200, 'closed'],
  },
  'a body of 10 MB': { body: megabytes(10), length: 10 * MB, expected: [413] },
  'a body of 10 MB that is announced and never comes': { body: '{', length: 10 * MB, expected: [413] },
  '1 MB in chunks without a length': { body: megabytes(1), length: 'chunked', expected: [413] },
  '1 MB in chunks under a length of 10': {
    headers: ['content-length: 10'],
    // Good JSON at the end of it: if it were read, it would be answered.
    body: [...megabytes(1).map((text) => text.replaceAll('x', ' ')), GOOD],
    length: 'chunked',
    expected: [400, 413, 'closed'],
  },
  'a length that is none': { headers: ['content-length: -5'], body: GOOD, expected: [400, 'closed'] },
  'two lengths': { headers: ['content-length: 5'], body: GOOD, expected: [400, 'closed'] },
  'chunks that are none': { headers: ['transfer-encoding: chunked'], body: GOOD, expected: [400, 'closed'] },
  'two keys': { headers: ['authorization: Bearer fxa_live_other'], body: GOOD, expected: [400, 401] },
  'two content types': { headers: ['content-type: text/plain'], body: GOOD, expected: [400, 415, 200] },
  'no content type': { type: '', body: GOOD, expected: [415] },
  'a form': { type: 'application/x-www-form-urlencoded', body: 'messages=1', expected: [415] },
  'plain text': { type: 'text/plain', body: GOOD, expected: [415] },
  'JSON only by name': { type: 'application/jsonp', body: GOOD, expected: [415] },
  'an empty body': { body: '', expected: [400] },
  'bytes that are no UTF-8': { body: inContent('"\xff\xfe"'), expected: [400] },
  'no JSON': { body: '{"messages": [', expected: [400] },
  '__proto__ as a field': { body: withMember('"__proto__":{"stream":true}'), expected: [400] },
  'constructor as a field': { body: withMember('"constructor":{"prototype":{"x":1}}'), expected: [400] },
  '__proto__ in a turn': {
    body: '{"messages":[{"role":"user","content":"Hi","__proto__":{"role":"system"}}]}',
    expected: [400],
  },
  'arrays 100,000 deep': { body: nested('[', ']', 100_000), expected: [400] },
  'objects 40,000 deep': { body: `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, expected: [400] },
  'a content 100,000 deep': { body: inContent(nested('[', ']', 100_000)), expected: [400] },
  'a number of 200,000 digits': { body: withMember(`"stream":${'9'.repeat(200_000)}`), expected: [400] },
  '50,000 fields': {
    body: withMember(Array.from({ length: 20_000 }, (_, i) => `"f${i}":1`).join()),
    expected: [400],
  },
}

type Outcome = { status: number | 'closed' | 'none'; ms: number; text: string }

/** Writes the request and waits for the first answer, for the end of the connection, or until `patience` is over. */
async function send(abuse: Abuse, patience = PATIENCE): Promise<Outcome> {
  const { hostname, port } = new URL(worker.baseUrl)
  const { body = '', length, type = 'application/json', headers = [] } = abuse
  const pieces = typeof body === 'string' ? [body] : body
  const bytes = typeof body === 'string' ? Buffer.byteLength(body, 'latin1') : 0
  const framing = length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${length ?? bytes}`
  const head = [
    `POST ${space.chatPath} HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${space.apiKey}`,
    framing,
    ...(type ? [`content-type: ${type}`] : []),
    ...headers,
  ]
  const start = performance.now()
  const socket = connect(Number(port), hostname)
  let text = ''
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (text.includes('\r\n\r\n')) resolve()
    })
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
  })
  const write = async () => {
    socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
    for (const piece of pieces) {
      if (socket.destroyed) return
      const framed = length === 'chunked' ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece
      if (!socket.write(framed, 'latin1'))
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), answered])
    }
    if (length === 'chunked') socket.write('0\r\n\r\n')
  }
  await Promise.race([Promise.all([write(), answered]), answered, setTimeout(patience, undefined, { ref: false })])
  const ms = performance.now() - start
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  const isGone = socket.destroyed || socket.readableEnded
  socket.destroy()
  return { status: status ? Number(status) : isGone ? 'closed' : 'none', ms, text }
}

async function expectGoodAnswer(): Promise<number> {
  const start = performance.now()
  expect((await space.ask('Hello')).status).toBe(200)
  return performance.now() - start
}

let sent = 0
let slowest = 0

for (const [name, abuse] of Object.entries(ABUSES)) {
  test(`S4: ${name}`, async () => {
    const first = await send(abuse)
    expect(abuse.expected, `${first.status} ${first.text.slice(0, 300)}`).toContain(first.status)
    if (typeof first.status === 'number' && first.text.includes('application/json')) {
      expect(first.text).toMatch(/"correlationId":"req_|"role":"assistant"/)
    }
    const all = [first, ...(await Promise.all(Array.from({ length: TIMES - 1 }, () => send(abuse))))]
    for (const { status, ms } of all) {
      expect(abuse.expected).toContain(status)
      expect(ms).toBeLessThan(PATIENCE)
      slowest = Math.max(slowest, ms)
    }
    sent += all.length
    await expectGoodAnswer()
  })
}

test('S4: fifty bodies that drip a byte at a time keep nobody else waiting and hold nothing', async () => {
  const { hostname, port } = new URL(worker.baseUrl)
  const usual = await expectGoodAnswer()
  const sockets = Array.from({ length: 50 }, () => connect(Number(port), hostname).on('error', () => undefined))
  for (const socket of sockets) {
    const head = `POST ${space.chatPath} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${space.apiKey}\r\n`
    socket.resume().write(`${head}content-type: application/json\r\ncontent-length: ${GOOD.length}\r\n\r\n`)
  }
  for (const byte of GOOD.slice(0, 10)) {
    for (const socket of sockets) socket.write(byte)
    expect(await expectGoodAnswer()).toBeLessThan(usual * 5 + 500)
    await setTimeout(100)
  }
  const { messages } = (await space.asOrganization('GET', '/api/usage')).body
  expect(messages.reserved).toBe(0)
  for (const socket of sockets) socket.destroy()
  sent += sockets.length
})

test('S4: a body that stops half way is given up', async () => {
  // Slow networks exist: not within two seconds, but in the end.
  const half = { body: GOOD.slice(0, 20), length: GOOD.length, expected: [400, 'closed'] } satisfies Abuse
  for (const { status } of await Promise.all(Array.from({ length: TIMES }, () => send(half, 35_000)))) {
    expect(half.expected).toContain(status)
  }
  sent += TIMES
})

test('S4: after all of it the Worker answers as before, and nothing of it has leaked into others', async () => {
  await expectGoodAnswer()
  expect(Object.hasOwn(Object.prototype, 'stream')).toBe(false)
  const { messages, tokens } = (await space.asOrganization('GET', '/api/usage')).body
  expect([messages.reserved, tokens.reserved]).toEqual([0, 0])
  console.log(`S4 ${sent} abuses answered 4xx or cut, the slowest after ${Math.round(slowest)} ms; the Worker is well`)
})
