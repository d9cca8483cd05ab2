/** Clients that leave: what they used is charged, what they read is stored, and the provider is told to stop. */
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { answerText, startFakeOpenAI } from '../support/fake-openai.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Workspace } from '../support/workspace.ts'
import {
  expectEqualSums,
  openStream,
  randomOf,
  readStream,
  type Seen,
  sampleUsage,
  settledUsage,
  storedAnswers,
  textOf,
} from './streams.ts'

const TOKENS = 150
const fake = await startFakeOpenAI({ tokens: TOKENS, firstDelayMs: 20, gapMs: 5 })
let worker: TestWorker
beforeAll(async () => {
  worker = await startDirectWorker({ vars: { OPENAI_BASE_URL: fake.url }, secrets: { OPENAI_API_KEY: 'sk-good-1234' } })
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

test('a client that leaves in the middle of a stream pays for what came, and the provider is stopped', async () => {
  const space = await createWorkspace(worker)
  const { text } = await readStream(worker, space, 40)
  expect(answerText(TOKENS).startsWith(text) && text !== '').toBe(true)

  const usage = await settledUsage(space)
  expect(usage.messages.used).toBe(1)
  const [answer] = await expectEqualSums(worker, space, usage)
  expect(answer).toMatchObject({ status: 'aborted', firstTokenMs: expect.any(Number) })
  expect(answer?.content.startsWith(text)).toBe(true)
  expect(answerText(TOKENS).startsWith(answer?.content ?? '-')).toBe(true)
  expect(answer?.content.length).toBeLessThan(answerText(TOKENS / 2).length)

  await expect.poll(() => fake.requests.at(-1)?.aborted).toBe(true)
  expect(fake.requests.at(-1)?.tokensSent).toBeLessThan(TOKENS / 2)
})

/** A connection that is gone without a goodbye, as of a telephone in a tunnel. */
async function askAndVanish(space: Workspace, stream: boolean, afterMs: number, headers: string[]): Promise<void> {
  const { hostname, port } = new URL(worker.baseUrl)
  const text = JSON.stringify({ stream, messages: [{ role: 'user', content: 'Why?' }] })
  const socket = connect(Number(port), hostname).resume()
  socket.on('error', () => undefined)
  const head = [
    `POST ${space.chatPath} HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${space.apiKey}`,
    'content-type: application/json',
    `content-length: ${text.length}`,
    ...headers,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${text}`)
  await setTimeout(afterMs)
  socket.resetAndDestroy()
}

async function expectNothingHeld(stream: boolean, afterMs: number, headers: string[], ends: string): Promise<void> {
  const space = await createWorkspace(worker)
  // So that the isolate knows the key, and the times below fall into admission, retrieval and the answer.
  await space.asOrganization('GET', '/api/usage')
  await askAndVanish(space, stream, afterMs, headers)
  await setTimeout(1_000)
  const usage = await settledUsage(space)
  const answers = await storedAnswers(worker, space.orgId)
  expect(answers).toHaveLength(usage.messages.used)
  expect(answers.map(({ status }) => status)).toEqual(usage.messages.used === 1 ? [ends] : [])
  if (answers.length > 0) await expectEqualSums(worker, space, usage)
}

test('a connection that vanishes at any moment leaves nothing held, streamed or not', async () => {
  const moments = [0, 1, 2, 3, 5, 8, 13, 21, 34, 100, 200]
  const keyed = ['idempotency-key: vanishing']
  await Promise.all(
    [false, true].flatMap((stream) => [
      ...moments.map((moment) => expectNothingHeld(stream, moment, [], 'aborted')),
      // Who may come back gets the whole answer then.
      ...moments.map((moment) => expectNothingHeld(stream, moment, keyed, 'completed')),
    ]),
  )
})

test('who leaves and comes back with the same idempotency key gets the one answer that was made, and pays once', async () => {
  const space = await createWorkspace(worker)
  const headers = { 'idempotency-key': 'leaving-1' }
  const client = new AbortController()
  const response = await openStream(worker, space, 'Why?', { headers, signal: client.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  client.abort()
  const usage = await settledUsage(space)
  expect(usage.messages.used).toBe(1)

  const again = await (await openStream(worker, space, 'Why?', { headers })).text()
  expect(textOf(again)).toBe(answerText(TOKENS))
  expect((await settledUsage(space)).messages.used).toBe(1)
  expect((await storedAnswers(worker, space.orgId)).map(({ status }) => status)).toEqual(['completed'])
  const [start] = framesOf(again)
  const { conversationId } = start.messageMetadata
  expect(await space.ask('And why?', { conversationId })).toMatchObject({ status: 200 })
})

test('R2 small: of 40 streams half are left at a random place, and every sum is right at every moment', async () => {
  const cap = 90_000
  const space = await createWorkspace(worker, { limits: { tokens: cap } })
  const sampler = sampleUsage(space, 20, ({ tokens }) => {
    expect(tokens.used + tokens.reserved).toBeLessThanOrEqual(cap)
    expect(Math.min(tokens.used, tokens.reserved)).toBeGreaterThanOrEqual(0)
  })
  const random = randomOf(2)
  // A stream that is left near its end may have ended.
  const somewhere = () => Math.ceil(random() * 0.7 * answerText(TOKENS).length)
  const streams = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? somewhere() : Infinity))
  const seen: Seen[] = []
  // Five at once: the cap has room for more, so nobody is refused.
  const client = async () => {
    for (let leave = streams.pop(); leave !== undefined; leave = streams.pop()) {
      seen.push(await readStream(worker, space, leave))
    }
  }
  await Promise.all(Array.from({ length: 5 }, client))
  const usage = await settledUsage(space)
  expect(await sampler.stop()).toBeGreaterThan(10)
  expect(usage.messages.used).toBe(40)
  expect(usage.tokens.used).toBeLessThanOrEqual(cap)
  const stored = await expectEqualSums(worker, space, usage)

  const whole = seen.filter(({ left }) => !left)
  expect(new Set(whole.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set([`200 ${answerText(TOKENS)}`]))
  expect(whole).toHaveLength(20)
  const aborted = stored.filter(({ status }) => status === 'aborted').length
  // On a busy machine an answer can be complete before it is noticed that nobody reads it any more.
  expect(aborted).toBeGreaterThan(15)
  expect(aborted).toBeLessThanOrEqual(20)
  expect(stored.filter(({ status }) => status === 'completed')).toHaveLength(40 - aborted)
})
