import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const QUESTION = { messages: [{ role: 'user', content: 'Hello' }] }

test('what cannot be read is refused: type, size with and without a length, JSON, UTF-8', async () => {
  const { apiKey, chatPath } = await createWorkspace(worker)
  const send = async (body: BodyInit, type: string | undefined = 'application/json') => {
    const headers = { authorization: `Bearer ${apiKey}`, ...(type ? { 'content-type': type } : {}) }
    // Without `duplex` Node takes no stream as body; the types of the Workers platform do not know the member.
    const init = { method: 'POST', headers, body, duplex: 'half' }
    const response = await fetch(worker.baseUrl + chatPath, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const question = JSON.stringify(QUESTION)
  const tooLong = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(256 * 1024) }] })

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data']) {
    expectRefusal(await send(question, type), 415, 'UNSUPPORTED_MEDIA_TYPE')
  }
  // A body of bytes gets no content type from fetch.
  expectRefusal(await send(new TextEncoder().encode(question), ''), 415, 'UNSUPPORTED_MEDIA_TYPE')
  expect((await send(question, 'Application/JSON ; charset=UTF-8')).status).toBe(200)

  const { message } = expectRefusal(await send(tooLong), 413, 'PAYLOAD_TOO_LARGE')
  expect(message).toBe('The request body is larger than 256 KB.')
  expectRefusal(await send(new Blob([tooLong]).stream()), 413, 'PAYLOAD_TOO_LARGE')
  expect((await send(new Blob([question]).stream())).status).toBe(200)
  const padded = question + ' '.repeat(256 * 1024 - question.length)
  expect((await send(padded)).status).toBe(200)
  expectRefusal(await send(`${padded} `), 413, 'PAYLOAD_TOO_LARGE')

  const halfLetter = Uint8Array.of(...new TextEncoder().encode('{"messages":"'), 0xc3, 0x28, 0x22, 0x7d)
  for (const body of ['', '{', question.slice(0, -1), `${question}x`, "{'messages':[]}", 'NaN', halfLetter]) {
    expectRefusal(await send(body), 400, 'INVALID_JSON')
  }
  expectRefusal(await send('['.repeat(100_000) + ']'.repeat(100_000)), 400, 'VALIDATION_FAILED')
})

test('a refusal reaches a client that is still sending, and the connection lives on', async () => {
  const { apiKey, chatPath } = await createWorkspace(worker)
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(4 * 1024 * 1024) }] })
  for (let round = 0; round < 8; round++) {
    expectRefusal(await call(worker, 'POST', chatPath, { key: apiKey, body }), 413, 'PAYLOAD_TOO_LARGE')
    const headers = { 'content-type': 'text/plain' }
    expectRefusal(await call(worker, 'POST', chatPath, { body, headers }), 415, 'UNSUPPORTED_MEDIA_TYPE')
  }
  expectRefusal(await call(worker, 'POST', chatPath, { body }), 413, 'PAYLOAD_TOO_LARGE')
})
