import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintKey } from '../../src/access/key-format.ts'
import type { ProblemCode } from '../../src/lib/problem.ts'
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

/** What a chat request is made of, each in a good and in bad states. */
type Draft = {
  agent: 'own' | 'paused' | 'foreign'
  key: 'good' | 'unknown' | 'mistyped' | 'none' | 'no chat'
  body: string
  headers: Record<string, string>
}
type Fault = { code: ProblemCode; status: number; apply: (draft: Draft) => void }

const HEAD = { 'content-type': 'application/json' }
const QUESTION = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] })

/** In the order of security.md 4.1: cheapest first, and what tells least first. */
const FAULTS: Fault[] = [
  { code: 'UNSUPPORTED_MEDIA_TYPE', status: 415, apply: ({ headers }) => (headers['content-type'] = 'text/plain') },
  { code: 'PAYLOAD_TOO_LARGE', status: 413, apply: (draft) => (draft.body += ' '.repeat(256 * 1024)) },
  { code: 'MISSING_API_KEY', status: 401, apply: (draft) => (draft.key = 'none') },
  { code: 'INVALID_API_KEY', status: 401, apply: (draft) => (draft.key = 'mistyped') },
  { code: 'INVALID_API_KEY', status: 401, apply: (draft) => (draft.key = 'unknown') },
  { code: 'NOT_FOUND', status: 404, apply: (draft) => (draft.agent = 'foreign') },
  { code: 'INSUFFICIENT_SCOPE', status: 403, apply: (draft) => (draft.key = 'no chat') },
  { code: 'INVALID_JSON', status: 400, apply: (draft) => (draft.body = '{') },
  { code: 'VALIDATION_FAILED', status: 400, apply: (draft) => (draft.body = '{"messages":[]}') },
  { code: 'AGENT_PAUSED', status: 403, apply: (draft) => (draft.agent = 'paused') },
  { code: 'ORIGIN_NOT_ALLOWED', status: 403, apply: ({ headers }) => (headers.origin = 'https://evil.example') },
  { code: 'MESSAGE_LIMIT_REACHED', status: 402, apply: () => undefined },
]

test('of two faults the cheaper and less telling check answers', async () => {
  // Without any message left: a request that has no other fault has this one, and a check that lets one pass is seen.
  const space = await createWorkspace(worker, { limits: { messages: 0 } })
  const foreign = await createWorkspace(worker)
  const paused = await space.asOrganization('POST', '/api/agents', { name: 'Paused', status: 'paused' })
  const agents = { own: space.agentId, paused: paused.body.id, foreign: foreign.agentId }
  const keyOf = async (agentId: string, scopes: string[]) =>
    (await space.asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'Key', scopes })).body.key
  const good = { own: space.apiKey, paused: await keyOf(agents.paused, ['chat']), foreign: space.apiKey }
  const noChat = {
    own: await keyOf(agents.own, ['knowledge:read']),
    paused: await keyOf(agents.paused, ['knowledge:read']),
    foreign: await keyOf(agents.own, ['knowledge:read']),
  }
  const keys = (draft: Draft) =>
    ({
      good: good[draft.agent],
      'no chat': noChat[draft.agent],
      unknown: mintKey('live'),
      mistyped: `${mintKey('live')}0`,
      none: undefined,
    })[draft.key]

  let pairs = 0
  for (const [index, first] of FAULTS.entries()) {
    for (const second of FAULTS.slice(index)) {
      const draft: Draft = { agent: 'own', key: 'good', body: QUESTION, headers: { ...HEAD } }
      second.apply(draft)
      first.apply(draft)
      const { body, headers } = draft
      const answer = await call(worker, 'POST', `/api/agents/${agents[draft.agent]}/chat`, {
        key: keys(draft),
        body,
        headers,
      })
      expectRefusal(answer, first.status, first.code)
      pairs++
    }
  }
  expect(pairs).toBe((FAULTS.length * (FAULTS.length + 1)) / 2)

  const nothing = { used: 0, reserved: 0 }
  expect((await space.asOrganization('GET', '/api/usage')).body).toMatchObject({ messages: nothing, tokens: nothing })
})

test('the budget is asked before the provider key, and a conversation before the budget', async () => {
  const space = await createWorkspace(worker, { inference: 'byok', limits: { messages: 0 } })
  expectRefusal(await space.ask('Hello'), 402, 'MESSAGE_LIMIT_REACHED')
  expectRefusal(await space.ask('Hello', { conversationId: 'cnv_none' }), 404, 'NOT_FOUND')
})
