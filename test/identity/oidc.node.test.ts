import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser, CLIENT, type OidcServer, signInAt, startOidcServer } from '../support/oidc-server.ts'
import { addPerson, browse } from '../support/people.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json } from '../support/workspace.ts'

let oidc: OidcServer
let worker: TestWorker
beforeAll(async () => {
  oidc = await startOidcServer()
  worker = await startWorker({
    vars: { OIDC_ISSUER: oidc.issuer, OIDC_CLIENT_ID: CLIENT.client_id },
    secrets: { OIDC_CLIENT_SECRET: CLIENT.client_secret },
  })
  oidc.open(worker.baseUrl)
})
afterAll(async () => {
  await worker.close()
  await oidc.close()
})

const start = (next = '/') => `${worker.baseUrl}/auth/oidc?next=${encodeURIComponent(next)}`
const sessionIn = (browser: Browser) => browser.cookies.get(worker.baseUrl)?.get('sid')
const row = (query: string, ...values: string[]) =>
  worker.env.DB.prepare(query)
    .bind(...values)
    .first<Json>()

test('a new person comes in by the provider, and again as the same person', async () => {
  oidc.accounts.set('ada', { email: 'Ada@Example.com', email_verified: true, name: 'Ada Lovelace' })
  const browser = new Browser()
  const target = await signInAt(oidc.issuer, browser, start(), 'ada')
  expect(target.href).toBe(`${worker.baseUrl}/workspaces/new`)
  expect(sessionIn(browser)).toMatch(/^[\w-]{43}$/)
  expect([...(browser.cookies.get(worker.baseUrl)?.keys() ?? [])]).toEqual(['sid'])
  const user = await row('SELECT * FROM users WHERE email = ?', 'ada@example.com')
  expect(user).toMatchObject({ name: 'Ada Lovelace', password_hash: null })
  expect(user.email_verified_at).not.toBeNull()

  // Another address at the provider does not make another person.
  oidc.accounts.set('ada', { email: 'new@example.com', email_verified: true, name: 'Ada' })
  const again = new Browser()
  await signInAt(oidc.issuer, again, start(), 'ada')
  const sessions = await worker.env.DB.prepare('SELECT * FROM sessions WHERE user_id = ?').bind(user.id).all()
  expect(sessions.results).toHaveLength(2)
  expect(sessions.results[0]).toMatchObject({ method: 'oidc' })
})

test('a person with an account is linked by the verified address, and gets where they were going', async () => {
  const space = await createWorkspace(worker)
  const person = await addPerson(worker, space.orgId, 'builder', { email: 'grace@example.com' })
  oidc.accounts.set('grace', { email: 'grace@example.com', email_verified: true })
  const browser = new Browser()
  const target = await signInAt(oidc.issuer, browser, start(`/agents/${space.agentId}?tab=1`), 'grace')
  expect(target.href).toBe(`${worker.baseUrl}/agents/${space.agentId}?tab=1`)
  const me = await browse(worker, sessionIn(browser), 'GET', '/api/me')
  expect(me.body).toMatchObject({ user: { id: person.userId }, role: 'builder', organizationId: space.orgId })
  // Their other session goes on: the account was theirs.
  expect((await browse(worker, person.token, 'GET', '/api/me')).status).toBe(200)
})

test('an account that somebody made with an address they do not have falls to its owner alone', async () => {
  const space = await createWorkspace(worker)
  const squatter = await addPerson(worker, space.orgId, 'owner', { email: 'victim@example.com' })
  await worker.env.DB.prepare('UPDATE users SET email_verified_at = NULL, password_hash = ? WHERE id = ?')
    .bind('$scrypt$known-to-the-squatter', squatter.userId)
    .run()
  oidc.accounts.set('victim', { email: 'victim@example.com', email_verified: true })
  const browser = new Browser()
  await signInAt(oidc.issuer, browser, start(), 'victim')
  expect((await browse(worker, sessionIn(browser), 'GET', '/api/me')).body.user.id).toBe(squatter.userId)
  expect((await browse(worker, squatter.token, 'GET', '/api/me')).status).toBe(401)
  expect((await row('SELECT password_hash FROM users WHERE id = ?', squatter.userId)).password_hash).toBeNull()
})

test('an address that the provider has not verified is worth nothing', async () => {
  const space = await createWorkspace(worker)
  const person = await addPerson(worker, space.orgId, 'owner', { email: 'boss@example.com' })
  for (const account of [{ email: person.email, email_verified: false }, { email: person.email }, {}]) {
    oidc.accounts.set('mallory', account)
    const browser = new Browser()
    const target = await signInAt(oidc.issuer, browser, start(), 'mallory')
    expect(target.href).toBe(`${worker.baseUrl}/sign-in?error=oidc_email`)
    expect(sessionIn(browser)).toBeUndefined()
  }
  expect(await row('SELECT * FROM identities WHERE subject = ?', 'mallory')).toBeNull()
})

test('who turns back at the provider is told so', async () => {
  const browser = new Browser()
  const target = await signInAt(oidc.issuer, browser, start(), 'ada', { cancel: true })
  expect(target.href).toBe(`${worker.baseUrl}/sign-in?error=oidc_cancelled`)
})

test('the answer of a provider is taken once, in the browser that asked, and as it was given', async () => {
  oidc.accounts.set('carol', { email: 'carol@example.com', email_verified: true })
  const stopAtCallback = true
  const asked = new Browser()
  const callback = await signInAt(oidc.issuer, asked, start(), 'carol', { stopAtCallback })
  expect(callback.pathname).toBe('/auth/oidc/callback')
  const open = async (browser: Browser, url: string) => {
    const { response } = await browser.go(url, () => true)
    return new URL(response.headers.get('location') ?? '', worker.baseUrl).search
  }
  // Another browser: a link that an attacker sends to sign somebody in as themselves.
  expect(await open(new Browser(), callback.href)).toBe('?error=oidc_expired')
  const other = new Browser()
  await other.go(start(), (target) => target.origin === oidc.issuer)
  expect(await open(other, callback.href)).toBe('?error=oidc_failed')
  const changed = new URL(callback)
  changed.searchParams.set('code', `${changed.searchParams.get('code')}x`)
  const cookies = new Map(asked.cookies.get(worker.baseUrl))
  expect(await open(asked, changed.href)).toBe('?error=oidc_failed')
  // The flow's cookie went with the failure; put back, the code itself still works, and then never again.
  asked.cookies.set(worker.baseUrl, new Map(cookies))
  expect(await open(asked, callback.href)).toBe('')
  asked.cookies.set(worker.baseUrl, new Map(cookies))
  expect(await open(asked, callback.href)).toBe('?error=oidc_failed')
  const logs = worker.harness.getLogs().map(({ message }) => message)
  expect(logs.join()).not.toContain(callback.searchParams.get('code'))
})

test('after signing in nobody is sent to another site', async () => {
  oidc.accounts.set('dave', { email: 'dave@example.com', email_verified: true })
  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ]) {
    const target = await signInAt(oidc.issuer, new Browser(), start(next), 'dave')
    expect(target.origin, next).toBe(worker.baseUrl)
  }
})

test('a provider that is out of order, and none at all, are told in plain words', async () => {
  const dead = await startWorker({ vars: { OIDC_ISSUER: 'http://127.0.0.1:1', OIDC_CLIENT_ID: 'x' } })
  const { url } = await new Browser().go(`${dead.baseUrl}/auth/oidc`, () => true)
  expect(url.href).toBe(`${dead.baseUrl}/sign-in?error=oidc_failed`)
  await dead.close()
  const bare = await startWorker()
  expect((await call(bare, 'GET', '/auth/oidc')).status).toBe(404)
  const lost = await fetch(`${bare.baseUrl}/auth/oidc/callback?code=x&state=y`, { redirect: 'manual' })
  expect(lost.headers.get('location')).toBe('/sign-in?error=oidc_expired')
  await bare.close()
})
