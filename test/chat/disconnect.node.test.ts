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
  const { text } = await readStream(worker, space, 5)
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
async function askAndVanish(space: Workspace, body: Record<string, unknown>, afterMs: number): Promise<void> {
  const { hostname, port } = new URL(worker.baseUrl)
  const text = JSON.stringify({ messages: [{ role: 'user', content: 'Why?' }], ...body })
  const socket = connect(Number(port), hostname).resume()
  socket.on('error', () => undefined)
  const head = [
    `POST ${space.chatPath} HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${space.apiKey}`,
    'content-type: application/json',
    `content-length: ${text.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${text}`)
  await setTimeout(afterMs)
  socket.resetAndDestroy()
}

async function expectNothingHeldAfterVanishing(stream: boolean, afterMs: number): Promise<void> {
  const space = await createWorkspace(worker)
  // So that the isolate knows the key, and the times below fall into admission, retrieval and the answer.
  await space.asOrganization('GET', '/api/usage')
  await askAndVanish(space, { stream }, afterMs)
  await setTimeout(1_000)
  const usage = await settledUsage(space)
  const answers = await storedAnswers(worker, space.orgId)
  expect(answers).toHaveLength(usage.messages.used)
  expect(answers.map(({ status }) => status)).toEqual(usage.messages.used === 1 ? ['aborted'] : [])
  if (answers.length > 0) await expectEqualSums(worker, space, usage)
}

test('a connection that vanishes at any moment leaves nothing held, streamed or not', async () => {
  const moments = [0, 1, 2, 3, 5, 8, 13, 21, 34, 100, 200]
  const all = [false, true].flatMap((stream) => moments.map((moment) => ({ stream, moment })))
  await Promise.all(all.map(({ stream, moment }) => expectNothingHeldAfterVanishing(stream, moment)))
})

test('after leaving, the same idempotency key asks anew and the conversation of others goes on', async () => {
  const space = await createWorkspace(worker)
  const headers = { 'idempotency-key': 'leaving-1' }
  const client = new AbortController()
  const response = await openStream(worker, space, 'Why?', { headers, signal: client.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  client.abort()
  await settledUsage(space)

  const again = await (await openStream(worker, space, 'Why?', { headers })).text()
  expect(textOf(again)).toBe(answerText(TOKENS))
  const [start] = framesOf(again)
  const { conversationId } = start.messageMetadata
  expect(await space.ask('And why?', { conversationId })).toMatchObject({ status: 200 })
})

test('R2 small: of 40 streams half are left at a random chunk, and every sum is right at every moment', async () => {
  const cap = 60_000
  const space = await createWorkspace(worker, { limits: { tokens: cap } })
  const sampler = sampleUsage(space, 20, ({ tokens }) => {
    expect(tokens.used + tokens.reserved).toBeLessThanOrEqual(cap)
    expect(Math.min(tokens.used, tokens.reserved)).toBeGreaterThanOrEqual(0)
  })
  const random = randomOf(2)
  const streams = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? Math.ceil(random() * 40) : Infinity))
  const seen: Seen[] = []
  // Five at once: the cap has room for more, so nobody is refused.
  const client = async () => {
    for (let chunks = streams.pop(); chunks !== undefined; chunks = streams.pop()) {
      seen.push(await readStream(worker, space, chunks))
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
  // Chunks that arrive together are one: a stream can end before the chunk at which it was to be left.
  const left = seen.length - whole.length
  expect(left).toBeGreaterThan(10)
  const aborted = stored.filter(({ status }) => status === 'aborted').length
  expect(aborted).toBeGreaterThan(left * 0.8)
  expect(aborted).toBeLessThanOrEqual(left)
  expect(stored.filter(({ status }) => status === 'completed')).toHaveLength(40 - aborted)
})
