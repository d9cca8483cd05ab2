import { expect, test } from 'vitest'
import { mintKey } from '../../src/access/key-format.ts'
import { keyedOperations, requestOf } from '../support/operations.ts'
import { refusalsOf } from '../support/refusals.ts'
import { startWorker } from '../support/worker.ts'
import { type Answer, call, createWorkspace } from '../support/workspace.ts'

test('without its database the service answers in the envelope, tells nothing of itself and calls no good key wrong', async () => {
  const worker = await startWorker()
  const expectRefusal = await refusalsOf(worker)
  const space = await createWorkspace(worker)
  const unseen = await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'Unseen' })
  const expectInternal = (answer: Answer) => {
    const { correlationId, docUrl, ...rest } = expectRefusal(answer, 500, 'INTERNAL')
    expect([correlationId, docUrl].every(Boolean)).toBe(true)
    const message = 'Something went wrong on our side.'
    expect(rest).toEqual({ type: 'internal_error', code: 'INTERNAL', message, param: null, retryable: true })
  }

  await worker.env.DB.exec('DROP TABLE agents')
  const body = { messages: [{ role: 'user', content: 'Hello' }] }
  expectInternal(await call(worker, 'POST', space.chatPath, { key: unseen.body.key, body }))
  await worker.env.DB.exec('DROP TABLE keys')
  const { agentId, keyId } = space
  const ids = { agentId, keyId, conversationId: 'cnv_1', documentId: 'doc_1', sourceId: 'src_1' }
  for (const [, operation] of keyedOperations()) {
    const request = requestOf(operation, ids)
    for (const headers of [{}, { origin: 'https://page.example' }]) {
      const options = { key: mintKey('live'), body: request.body, headers }
      expectInternal(await call(worker, request.method, request.path, options))
    }
  }
  expectRefusal(await call(worker, 'POST', space.chatPath, { key: 'fxa_no', body }), 401, 'INVALID_API_KEY')
  expectInternal(await call(worker, 'OPTIONS', space.chatPath, { headers: { origin: 'https://page.example' } }))
  expect((await call(worker, 'GET', '/health')).status).toBe(200)
  await worker.close()
})

test('without a key to seal with nothing is served, and the answer says only that', async () => {
  const complete = await startWorker()
  const expectComplete = await refusalsOf(complete)
  const worker = await startWorker({ secrets: { KEK_CURRENT: 'lost' } })
  for (const path of ['/health', '/api/agents', '/none']) {
    const answer = await call(worker, 'GET', path, { key: mintKey('live') })
    expect(answer.headers.get('retry-after')).toBe('60')
    expect(answer.text).not.toContain('KEK')
    const text = answer.text.replaceAll(worker.baseUrl, complete.baseUrl)
    expectComplete({ ...answer, text, body: JSON.parse(text) }, 503, 'UNAVAILABLE')
  }
  await Promise.all([worker.close(), complete.close()])
})
