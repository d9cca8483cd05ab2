// Row S12 of the scoreboard: what another site's page makes a browser send, with the person's cookie on it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createInhabited, everythingOf, idsFor } from '../support/inhabited.ts'
import { keyedOperations, requestOf } from '../support/operations.ts'
import { addPerson, browse } from '../support/people.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

/** Headers that a browser would put on the request, by who made it send that. */
const FORGERIES: Record<string, Record<string, string>> = {
  'a form of another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'a browser that tells no more than the origin': { origin: 'https://evil.example' },
  'a sandboxed frame': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'a sibling host': { origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' },
  'another port of this host': { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' },
  'a link': { 'sec-fetch-site': 'cross-site' },
  'nothing at all': {},
}
const TYPES: Record<string, Record<string, string>> = {
  json: { 'content-type': 'application/json' },
  form: { 'content-type': 'application/x-www-form-urlencoded' },
  multipart: { 'content-type': 'multipart/form-data; boundary=x' },
  text: { 'content-type': 'text/plain' },
}

test('requests that other sites forge change nothing and read nothing, whatever they call their body', async () => {
  const own = await createInhabited(worker, 'CANARY-GOLF')
  const before = await everythingOf(worker, own)
  let sent = 0
  for (const [id, operation] of keyedOperations()) {
    const { method, path, body } = requestOf(operation, idsFor(operation.path, own))
    for (const [who, headers] of Object.entries(FORGERIES)) {
      // Reads without Origin are what the address bar sends; browsers tell a link from it.
      if (method === 'GET' && Object.keys(headers).length === 0) continue
      for (const [type, contentType] of Object.entries(TYPES)) {
        const response = await fetch(worker.baseUrl + path, {
          method,
          headers: { cookie: `sid=${own.session}`, ...headers, ...contentType },
          ...(method === 'GET' || body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        expect([401, 403, 415], `${id} by ${who} as ${type}: ${text}`).toContain(response.status)
        expect(own.canaries.filter((canary) => text.includes(canary))).toEqual([])
        expect(response.headers.get('access-control-allow-credentials')).toBeNull()
        sent++
      }
    }
  }
  expect(sent).toBeGreaterThan(1_000)
  expect(await everythingOf(worker, own)).toEqual(before)
}, 120_000)

test('our own pages write JSON only, and a chat takes the cookie of the dashboard alone', async () => {
  const own = await createInhabited(worker, 'CANARY-HOTEL')
  const asText = await browse(
    worker,
    own.session,
    'POST',
    '/api/agents',
    { name: 'A' },
    { 'content-type': 'text/plain' },
  )
  expect(asText.status).toBe(415)
  const question = { messages: [{ role: 'user', content: 'Hello' }] }
  await own.asOrganization('PATCH', `/api/agents/${own.agentId}`, { allowedOrigins: ['https://shop.example'] })
  const shop = { origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }
  // A listed site may call with a key of the agent; the cookie of whoever reads that site is no such key.
  expect((await browse(worker, own.session, 'POST', own.chatPath, question, shop)).status).toBe(401)
  expect((await browse(worker, own.session, 'POST', own.chatPath, question)).status).toBe(200)
})

test('a page of our own may read, from its script or from the address bar', async () => {
  const own = await createInhabited(worker, 'CANARY-INDIA')
  for (const headers of [{ 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }]) {
    const response = await fetch(`${worker.baseUrl}/api/agents`, {
      headers: { cookie: `sid=${own.session}`, ...headers },
    })
    expect(response.status).toBe(200)
  }
})

test('a page of another site cannot sign anybody in or out', async () => {
  const own = await createInhabited(worker, 'CANARY-JULIET')
  const { token } = await addPerson(worker, own.orgId, 'viewer')
  const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const path of ['sign-in', 'sign-out', 'password-reset']) {
    const body = { email: 'mallory@example.com', password: 'whatever it is' }
    const answer = await browse(worker, token, 'POST', `/api/auth/${path}`, body, evil)
    expect([answer.status, answer.headers.get('set-cookie')], path).toEqual([403, null])
  }
  expect((await browse(worker, token, 'GET', '/api/me')).status).toBe(200)
})
