import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { dumpDatabase } from '../support/database.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { bodyOf, closeNow, listen } from '../support/local-http.ts'
import { addPerson, browse, newAddress, tokenOf } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json } from '../support/workspace.ts'

type Received = { headers: IncomingHttpHeaders; body: Json }

/** A mail API that speaks as Resend's does; `status` is what it answers. */
async function startMailApi() {
  const received: Received[] = []
  const api = { received, status: 200, url: '', close: () => closeNow(server) }
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      received.push({ headers: request.headers, body: JSON.parse(body) })
      return response.writeHead(api.status, { 'content-type': 'application/json' }).end('{"id":"1"}')
    })
  })
  api.url = `http://127.0.0.1:${await listen(server)}/emails`
  return api
}

let api: Awaited<ReturnType<typeof startMailApi>>
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  api = await startMailApi()
  const vars = {
    MAIL_API_URL: api.url,
    MAIL_FROM: 'FlexyAgents <help@flexy.example>',
    PUBLIC_ORIGIN: 'https://app.flexy.example/x',
  }
  worker = await startWorker({ vars, secrets: { MAIL_API_KEY: 're_canary_mail_key' } })
  expectRefusal = await refusalsOf(worker)
})
beforeEach(() => {
  api.received.length = 0
  api.status = 200
})
afterAll(async () => {
  await worker.close()
  await api.close()
})

const PASSWORD = 'a canary sings in the mine'
const post = (path: string, body: Json) => browse(worker, undefined, 'POST', `/api/auth/${path}`, body, newAddress())
const logs = () =>
  worker.harness
    .getLogs()
    .map(({ message }) => message)
    .join('\n')

test('mails go to the mail API with its key, from the configured sender, with links to the configured origin', async () => {
  const body = { email: 'ada@example.com', password: PASSWORD, name: 'Ada', workspace: 'Engines' }
  expect((await post('sign-up', body)).status).toBe(204)
  await vi.waitFor(() => expect(api.received).toHaveLength(1))
  const [mail] = api.received
  expect(mail?.headers).toMatchObject({
    authorization: 'Bearer re_canary_mail_key',
    'content-type': 'application/json',
  })
  expect(mail?.body).toMatchObject({ from: 'FlexyAgents <help@flexy.example>', to: ['ada@example.com'] })
  const link = new URL(/https:\S+/.exec(mail?.body.text)?.[0] ?? '')
  expect(link.origin + link.pathname).toBe('https://app.flexy.example/sign-up/confirm')

  const token = link.searchParams.get('token') ?? ''
  const confirmed = await post('sign-up/confirm', { token })
  expect(confirmed.status, confirmed.text).toBe(200)
  const session = tokenOf(confirmed) ?? ''
  // Row S13: what opens an account lies nowhere in clear.
  const seen = (await dumpDatabase(worker)) + logs()
  expect(logs()).toContain('/api/auth/sign-up')
  for (const secret of [PASSWORD, token, session, 're_canary_mail_key', 'ada@example.com']) {
    const place = secret === 'ada@example.com' ? logs() : seen
    expect(place).not.toContain(secret)
  }
})

test('an invitation that could not be mailed is none, and says so', async () => {
  const space = await createWorkspace(worker)
  const owner = await addPerson(worker, space.orgId, 'owner', { name: 'Ada\r\nBcc: all@example.com' })
  const invite = () =>
    browse(worker, owner.token, 'POST', '/api/invitations', { email: 'guest@example.com', role: 'viewer' })
  api.status = 422
  expectRefusal(await invite(), 503, 'UNAVAILABLE')
  expect((await browse(worker, owner.token, 'GET', '/api/invitations')).body.data).toEqual([])
  api.status = 200
  expect((await invite()).status).toBe(201)
  const subject: string = api.received.at(-1)?.body.subject
  expect(subject).toContain('invites you')
  expect(subject).not.toMatch(/[\r\n]/)
})

test('that a mail was not taken is logged without its link, and told to nobody who could learn from it', async () => {
  api.status = 500
  const body = { email: 'grace@example.com', password: PASSWORD, name: 'Grace', workspace: 'Ships' }
  expect((await post('sign-up', body)).status).toBe(204)
  await vi.waitFor(() => expect(logs()).toContain('mail_not_sent'))
  const text: string = api.received[0]?.body.text
  expect(logs()).not.toContain(/token=(\S+)/.exec(text)?.[1])
})

/** As whoever reaches the Worker under a name of their own choice. */
function askUnder(host: string, on: TestWorker, path: string, body: Json): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'content-type': 'application/json', origin: `http://${host}`, ...newAddress() }
    const request = httpRequest(on.baseUrl + path, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}

test('no mail leads to a host that only its caller named', async () => {
  const open = await startDirectWorker({
    vars: { MAIL_API_URL: api.url, MAIL_FROM: 'FlexyAgents <help@flexy.example>' },
    secrets: { MAIL_API_KEY: 're_other' },
  })
  try {
    const space = await createWorkspace(open)
    const { email } = await addPerson(open, space.orgId, 'owner')
    expect(await askUnder('evil.example', open, '/api/auth/password-reset', { email })).toBe(503)
    const body = { email: 'new@example.com', password: PASSWORD, name: 'New', workspace: 'New' }
    expect(await askUnder('evil.example', open, '/api/auth/sign-up', body)).toBe(503)
    // A mail of an earlier test may still be on its way.
    const sent = () => api.received.filter(({ headers }) => headers.authorization === 'Bearer re_other')
    expect(sent()).toEqual([])
    // On the developer's own machine there is nothing to configure.
    expect(await askUnder(new URL(open.baseUrl).host, open, '/api/auth/password-reset', { email })).toBe(204)
    await vi.waitFor(() => expect(sent()).toHaveLength(1))
    expect(sent()[0]?.body.text).toContain(`${open.baseUrl}/reset-password?token=`)
  } finally {
    await open.close()
  }
})
