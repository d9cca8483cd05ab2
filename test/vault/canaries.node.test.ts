// Row S13: after a day in the life of an organization every secret in it is looked for, in clear and in the usual
// spellings of bytes, in all files that the Worker has written and in its logs.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getTableName } from 'drizzle-orm'
import { expect, test, vi } from 'vitest'
import { readKeyring, seal } from '../../src/lib/crypto.ts'
import { SEALED_TABLES } from '../../src/sealed-tables.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { startFakeOpenAI } from '../support/fake-openai.ts'
import { bodyOf, closeNow, listen } from '../support/local-http.ts'
import { addPerson, browse, newAddress, tokenOf } from '../support/people.ts'
import { SECRETS, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json } from '../support/workspace.ts'

const OPERATOR = {
  KEK_CURRENT: 'canary',
  KEK_canary: 'c0ffee'.repeat(10) + 'beef',
  OPENAI_API_KEY: 'sk-operator-canary-openai',
  EMBEDDING_API_KEY: 'sk-operator-canary-embedding',
  MAIL_API_KEY: 're_operator_canary_mail',
  OIDC_CLIENT_SECRET: 'operator-canary-of-oidc',
  UPSTASH_REDIS_REST_TOKEN: 'operator-canary-of-upstash',
}

/** Secrets by what they are. */
class Canaries {
  readonly #all = new Map<string, string>()

  add(kind: string, secret: string): string {
    if (secret.length < 10) throw new Error(`${kind}: ${secret} is no canary`)
    this.#all.set(kind, secret)
    return secret
  }

  /** Of a connection key the secret part alone: what comes before it is shown in lists. */
  addKey(kind: string, key: string): string {
    this.add(kind, key.slice(22, 54))
    return key
  }

  get size(): number {
    return new Set(this.#all.values()).size
  }

  /** The kinds that lie in these bytes, with how they are written there. */
  in(bytes: Buffer): string[] {
    return Array.from(this.#all).flatMap(([kind, secret]) => {
      const spellings = Object.entries({
        clear: Buffer.from(secret),
        utf16: Buffer.from(secret, 'utf16le'),
        hex: Buffer.from(Buffer.from(secret).toString('hex')),
        base64: Buffer.from(Buffer.from(secret).toString('base64url').slice(0, -3)),
        url: Buffer.from(encodeURIComponent(secret)),
      })
      return spellings.filter(([, spelt]) => bytes.includes(spelt)).map(([how]) => `${kind} (${how})`)
    })
  }
}

async function startMailbox() {
  const texts: string[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      texts.push((JSON.parse(body) as { text: string }).text)
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"1"}')
    })
  })
  const url = `http://127.0.0.1:${await listen(server)}/emails`
  /** The token of the link in the newest mail. */
  const token = async (): Promise<string> => {
    await vi.waitFor(() => expect(texts.length).toBeGreaterThan(0))
    return decodeURIComponent(/token=(\S+)/.exec(texts.splice(0).at(-1) ?? '')?.[1] ?? '')
  }
  return { url, token, close: () => closeNow(server) }
}

test('no secret lies in clear in what is stored or logged', async () => {
  const state = await mkdtemp(join(tmpdir(), 'flexyagents-canaries-'))
  const [fake, mailbox] = [await startFakeOpenAI(), await startMailbox()]
  const vars = {
    OPENAI_BASE_URL: fake.url,
    DEFAULT_MODEL: 'fake',
    EMBEDDING_MODEL: 'embed',
    EMBEDDING_BASE_URL: 'http://127.0.0.1:9/v1',
    MAIL_API_URL: mailbox.url,
    MAIL_FROM: 'help@flexy.example',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_CLIENT_ID: 'flexyagents',
    UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9',
  }
  const worker = await startDirectWorker({ vars, secrets: OPERATOR, state })
  const canaries = new Canaries()
  for (const [name, secret] of Object.entries({ ...SECRETS, ...OPERATOR })) {
    if (!/^KEK_CURRENT$/.test(name)) canaries.add(name, secret)
  }
  try {
    await liveWithKeys(worker, canaries)
    await liveWithPeople(worker, canaries, mailbox.token)
    await worker.sweep()
    expect(canaries.size).toBeGreaterThanOrEqual(40)
    const sealed = await sealedColumns(worker)
    expect(sealed.toSorted()).toEqual(SEALED_TABLES.map(({ table }) => `${getTableName(table)}.sealed`).toSorted())
  } finally {
    await worker.close()
    await Promise.all([fake.close(), mailbox.close()])
  }

  const logs = worker.logs.join('\n')
  expect(logs.split('"event":"request"').length).toBeGreaterThan(40)
  expect(canaries.in(Buffer.from(logs))).toEqual([])
  const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))))
  const everything = Buffer.concat(contents)
  // What is no secret is found, so the files are those that were written: a name in D1, a text in an object.
  expect(everything.includes('A name that is no secret')).toBe(true)
  expect(everything.includes('A text that is no secret')).toBe(true)
  expect(canaries.in(everything)).toEqual([])
  await rm(state, { recursive: true, force: true })
}, 120_000)

/** Keys of all kinds: made, used, rotated, refused, sent wrongly, answered again. */
async function liveWithKeys(worker: TestWorker, canaries: Canaries): Promise<void> {
  const space = await createWorkspace(worker, { inference: 'byok', agent: { name: 'A name that is no secret' } })
  canaries.addKey('key of the organization', space.organizationKey)
  canaries.addKey('connection key', space.apiKey)
  await space.addDocument('Title', 'A text that is no secret')
  const keys = `/api/agents/${space.agentId}/keys`
  const again = { 'idempotency-key': 'once' }
  const make = (body: Json, headers = {}) => call(worker, 'POST', keys, { key: space.organizationKey, body, headers })
  const first = await make({ name: 'Answered again' }, again)
  canaries.addKey('key in an answer that is kept', first.body.key)
  expect((await make({ name: 'Answered again' }, again)).body.key).toBe(first.body.key)
  canaries.addKey('test key', (await make({ name: 'Test', environment: 'test' })).body.key)
  const rotate = await space.asOrganization('POST', `${keys}/${first.body.id}/rotate`, { graceSeconds: 0 })
  canaries.addKey('successor of a key', rotate.body.key)
  await space.ask('Hello', {}, { authorization: `Bearer ${first.body.key}` })

  const put = (apiKey: unknown, path = 'openai') =>
    space.asOrganization('PUT', `/api/provider-keys/${path}`, { apiKey })
  await put(canaries.add('provider key', 'sk-good-canary-one-1234'))
  expect((await space.ask('Hello')).status).toBe(200)
  await put(canaries.add('provider key that its provider refuses', 'sk-bad-canary-two-1234'))
  expect((await space.ask('Hello')).status).toBe(502)
  expect((await space.ask('Hello', { stream: true })).text).toContain('PROVIDER_KEY_INVALID')
  await space.asOrganization('POST', '/api/provider-keys/openai/test')
  await put(canaries.add('provider key with a line end', 'sk-canary-three\n1234'))
  await put([canaries.add('provider key in a list', 'sk-canary-four-1234')])
  await put(canaries.add('provider key of an unknown provider', 'sk-canary-five-1234'), 'other')
  await put(canaries.add('provider key that stays', 'sk-good-canary-six-1234'))
  await space.asOrganization('POST', '/api/provider-keys/openai/test')

  const send = (headers: Record<string, string>, path = space.chatPath, body: unknown = { messages: [] }) =>
    call(worker, 'POST', path, { body, headers })
  await send({ authorization: `Bearer ${canaries.add('key of somebody else', 'fxa_live_somebodyelse_canarycanary')}` })
  await send({ authorization: canaries.add('key without Bearer', 'fxa_live_without_canary_bearer') })
  await send({ authorization: `Basic ${canaries.add('basic credentials', 'YWRhOmNhbmFyeS1vZi1iYXNpYw')}` })
  await send({ 'x-api-key': canaries.add('key in another header', 'fxa_live_header_canary_header') })
  await send({}, `${space.chatPath}?key=${canaries.add('key in the query', 'fxa_live_query_canary_query')}`)
  const key = { authorization: `Bearer ${space.apiKey}` }
  await send(
    key,
    space.chatPath,
    `{"apiKey":"${canaries.add('key in a body that is no JSON', 'sk-canary-broken-json')}`,
  )
  await send(key, space.chatPath, { apiKey: canaries.add('key in an unknown field', 'sk-canary-unknown-field') })
  await send({ ...key, 'x-client-request-id': canaries.add('key as a request id', 'sk-canary-request-id') })
}

/** People: signing up, in and out, forgotten passwords, invitations, the dashboard's forms, single sign-on. */
async function liveWithPeople(worker: TestWorker, canaries: Canaries, mailed: () => Promise<string>): Promise<void> {
  const post = (path: string, body: Json, token?: string) =>
    browse(worker, token, 'POST', `/api/auth/${path}`, body, newAddress())
  const email = 'ada@example.com'
  const password = canaries.add('password', 'a canary sings at noon')
  await post('sign-up', { email, password, name: 'Ada', workspace: 'Engines' })
  const confirm = canaries.add('link to sign up', await mailed())
  const signedUp = await post('sign-up/confirm', { token: confirm })
  expect(signedUp.status, signedUp.text).toBe(200)
  canaries.add('session of a sign-up', tokenOf(signedUp) ?? '')
  await post('sign-in', { email, password: canaries.add('wrong password', 'a canary sings at night') })
  await post('sign-in', { email: canaries.add('password in the place of the name', 'canary as e-mail'), password })
  const signedIn = await post('sign-in', { email, password })
  const session = canaries.add('session', tokenOf(signedIn) ?? '')
  await post('password-reset', { email })
  const reset = canaries.add('link to reset', await mailed())
  const renewed = canaries.add('password after a reset', 'another canary at dawn')
  canaries.add(
    'session after a reset',
    tokenOf(await post('password-reset/confirm', { token: reset, password: renewed })) ?? '',
  )
  await post('password-reset/confirm', {
    token: canaries.add('link that is none', 'v1.canary.thisisnolinkatall'),
    password,
  })
  expect((await browse(worker, session, 'GET', '/api/me')).status).toBe(401)

  const again = canaries.add(
    'session that was ended',
    tokenOf(await post('sign-in', { email, password: renewed })) ?? '',
  )
  const invited = await browse(worker, again, 'POST', '/api/invitations', {
    email: 'guest@example.com',
    role: 'viewer',
  })
  expect(invited.status, invited.text).toBe(201)
  const invitation = canaries.add('link of an invitation', await mailed())
  await post('invitation', { token: invitation })
  const guest = canaries.add('password of a guest', 'a guest of canaries')
  const accepted = await post('invitation/accept', { token: invitation, person: { name: 'Guest', password: guest } })
  canaries.add('session of a guest', tokenOf(accepted) ?? '')
  await browse(worker, again, 'POST', '/api/invitations', { email: 'other@example.com', role: 'viewer' })
  canaries.add('link of an invitation that nobody followed', await mailed())
  await liveOnPages(worker, canaries)
  await post('sign-out', undefined, again)
  await browse(worker, canaries.add('session that was made up', 'canary'.repeat(7) + 'x'), 'GET', '/api/me')
  await fetch(`${worker.baseUrl}/auth/oidc`, { redirect: 'manual' })
  const flow = canaries.add('code of single sign-on', 'canary-code-of-oidc')
  await fetch(`${worker.baseUrl}/auth/oidc/callback?code=${flow}&state=x`, { redirect: 'manual' })
}

async function liveOnPages(worker: TestWorker, canaries: Canaries): Promise<void> {
  const space = await createWorkspace(worker)
  canaries.addKey('connection key of the pages', space.apiKey)
  const { token } = await addPerson(worker, space.orgId, 'owner')
  canaries.add('session of the pages', token)
  const page = await browse(worker, token, 'GET', '/settings')
  const csrf = canaries.add('proof of a form', /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '')
  const send = (path: string, fields: Record<string, string>) =>
    fetch(worker.baseUrl + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `sid=${token}`, origin: worker.baseUrl },
      body: new URLSearchParams({ csrf, ...fields }),
    })
  const made = await send(`/agents/${space.agentId}/keys`, { name: 'By form' })
  const [flash = ''] = (made.headers.get('set-cookie') ?? '').split(';')
  canaries.add('cookie that carries a new key', flash.slice('flash='.length))
  const shown = await fetch(`${worker.baseUrl}/agents/${space.agentId}/deploy`, {
    headers: { cookie: `sid=${token}; ${flash}` },
  })
  canaries.addKey('key that a page showed', /fxa_(?:live|test)_\w{12}_\w{38}/.exec(await shown.text())?.[0] ?? '')
  await send('/settings/provider-key', { apiKey: canaries.add('provider key by form', 'sk-canary-by-form') })
  await send('/settings/provider-key', { apiKey: canaries.add('refused provider key by form', 'sk canary spaces') })
}

/** Columns in which anything sealed lies. */
async function sealedColumns(worker: TestWorker): Promise<string[]> {
  const { DB } = worker.env
  const isSealed = /^v1\.[0-9a-z]+\.[\w-]{38,}$/
  expect(await seal(readKeyring(SECRETS), 'secret', 'place')).toMatch(isSealed)
  const tables = await DB.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'").all<{
    name: string
  }>()
  const found = new Set<string>()
  for (const { name } of tables.results) {
    for (const row of (await DB.prepare(`SELECT * FROM "${name}"`).all<Json>()).results) {
      for (const [column, value] of Object.entries(row))
        if (isSealed.test(String(value))) found.add(`${name}.${column}`)
    }
  }
  return [...found]
}
