import { scryptSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { utf8 } from '../../src/lib/bytes.ts'
import { mac, readKeyring } from '../../src/lib/crypto.ts'
import { dumpDatabase, rowsOf } from '../support/database.ts'
import { browse, mailTo, newAddress, tokenOf } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { SECRETS, startWorker, type TestWorker } from '../support/worker.ts'
import { type Answer, call, type Json } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker({ vars: { MAIL_MODE: 'outbox' } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const PASSWORD = 'a lighthouse keeps turning'
let people = 0

const post = (path: string, body?: Json, headers: Record<string, string> = newAddress(), token?: string) =>
  browse(worker, token, 'POST', `/api/auth/${path}`, body, headers)

const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b)

/** Signs a new person up by the link of their mail. */
async function signUp(input: Json = {}): Promise<Json> {
  const email = `person${++people}@example.com`
  const body = { email, password: PASSWORD, name: 'Ada Lovelace', workspace: 'Engines', ...input }
  const asked = await post('sign-up', body)
  expect(asked.status, asked.text).toBe(204)
  const { token: link } = await mailTo(worker, body.email.trim().toLowerCase())
  const confirmed = await post('sign-up/confirm', { token: link })
  expect(confirmed.status, confirmed.text).toBe(200)
  return { email, link, token: tokenOf(confirmed) ?? '', ...confirmed.body }
}

const me = (token: string) => browse(worker, token, 'GET', '/api/me')

test('signing up makes a person, an organization that they own, and a session that the API takes', async () => {
  const { email, token, userId, organizationId } = await signUp()
  expect((await me(token)).body).toEqual({
    user: { id: userId, email, name: 'Ada Lovelace' },
    role: 'owner',
    organizationId,
    organizations: [{ id: organizationId, name: 'Engines', role: 'owner' }],
  })
  const agent = await browse(worker, token, 'POST', '/api/agents', { name: 'Helper' })
  expect(agent.status, agent.text).toBe(201)
  const answer = await browse(worker, token, 'POST', `/api/agents/${agent.body.id}/chat`, {
    messages: [{ role: 'user', content: 'Hello' }],
  })
  expect(answer.status, answer.text).toBe(200)
  const { conversations = [], audit_log: audit = [] } = await rowsOf(worker, organizationId)
  expect(conversations).toMatchObject([{ environment: 'test' }])
  const actor = { actor_type: 'member', actor_id: userId }
  expect(audit).toMatchObject([
    { action: 'session.began', ...actor },
    { action: 'agent.created', ...actor },
  ])
})

test('the cookie is out of reach of scripts and of other sites', async () => {
  const { email } = await signUp()
  const answer = await post('sign-in', { email, password: PASSWORD })
  const [pair, ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ')
  expect(pair).toMatch(/^sid=[\w-]{43}$/)
  expect(attributes).toEqual(['Path=/', 'Max-Age=2592000', 'HttpOnly', 'SameSite=Lax'])
})

test('nothing is stored before the link is followed, and it works once', async () => {
  const email = 'unconfirmed@example.com'
  const body = { email, password: PASSWORD, name: 'Ada', workspace: 'Engines' }
  expect((await post('sign-up', body)).status).toBe(204)
  const { token } = await mailTo(worker, email)
  expect((await dumpDatabase(worker)).replace(/^mails.*$/gm, '')).not.toContain(email)
  const both = await Promise.all([post('sign-up/confirm', { token }), post('sign-up/confirm', { token })])
  expect(statusesOf(both)).toEqual([200, 400])
  expectRefusal(await post('sign-up/confirm', { token }), 400, 'LINK_INVALID')
  for (const broken of [token.slice(0, -2), `${token.slice(0, -1)}A`, 'v1.test.AAAA', 'x']) {
    expectRefusal(await post('sign-up/confirm', { token: broken }), 400, 'LINK_INVALID')
  }
})

test('signing up with an address that has an account looks the same, and its owner gets a mail', async () => {
  const { email, token } = await signUp()
  const other = { password: 'another good password', name: 'Mallory', workspace: 'Mine' }
  const [known, unknown] = [
    await post('sign-up', { email, ...other }),
    await post('sign-up', { email: 'nobody-yet@example.com', ...other }),
  ]
  expect([known.status, known.text]).toEqual([unknown.status, unknown.text])
  expect((await mailTo(worker, email)).subject).toBe('You have an account already')
  expect((await me(token)).status).toBe(200)
  expectRefusal(await post('sign-in', { email, password: other.password }), 401, 'SIGN_IN_FAILED')
})

test('addresses are one in whatever case, and passwords in whatever form of Unicode', async () => {
  const { userId } = await signUp({ email: ' Grace.Hopper@Example.COM ', password: 'caf\u00e9 au lait please' })
  const answer = await post('sign-in', { email: 'grace.hopper@example.com', password: 'cafe\u0301 au lait please' })
  expect(answer.body.userId).toBe(userId)
})

test('a wrong password and an unknown address get the same answer', async () => {
  const { email, organizationId } = await signUp()
  const wrong = await post('sign-in', { email, password: 'not the password' })
  const unknown = await post('sign-in', { email: 'nobody@example.com', password: PASSWORD })
  for (const answer of [wrong, unknown, await post('sign-in', { email: 'no address', password: PASSWORD })]) {
    const error = expectRefusal(answer, 401, 'SIGN_IN_FAILED')
    expect(error.message).toBe('E-mail address or password is wrong.')
    expect(answer.headers.get('set-cookie')).toBeNull()
  }
  // Written after the answer, whose time would tell that there is such an account.
  await vi.waitFor(async () => {
    const { audit_log: audit = [] } = await rowsOf(worker, organizationId)
    expect(audit.map(({ action }) => action)).toEqual(['session.began', 'session.refused'])
  })
})

test('passwords that are easily guessed are refused with the reason', async () => {
  for (const [password, reason] of [
    ['short', 'at least 10'],
    ['x'.repeat(300), 'at most 256'],
    ['aaaaaaaaaaaa', 'different characters'],
    ['Password123!', 'easily guessed'],
    ['1234567890', 'easily guessed'],
    ['qwertyuiop12', 'easily guessed'],
    ['weak-person@example.com', 'e-mail address'],
  ] as const) {
    const body = { email: 'weak-person@example.com', password, name: 'W', workspace: 'W' }
    const error = expectRefusal(await post('sign-up', body), 400, 'VALIDATION_FAILED')
    expect(error.param).toBe('password')
    expect(error.message).toContain(reason)
  }
})

test('signing in anew and signing out end the session that the browser held', async () => {
  const { email, token } = await signUp()
  const again = await post('sign-in', { email, password: PASSWORD }, newAddress(), token)
  const next = tokenOf(again) ?? ''
  expectRefusal(await me(token), 401, 'SESSION_REQUIRED')
  expect((await me(next)).status).toBe(200)
  const out = await post('sign-out', undefined, newAddress(), next)
  expect([out.status, tokenOf(out)]).toEqual([204, ''])
  expectRefusal(await me(next), 401, 'SESSION_REQUIRED')
  expect((await post('sign-out', undefined, newAddress(), next)).status).toBe(204)
})

test('a password is stored as scrypt of its HMAC, and hashed anew when the parameters were others', async () => {
  const { email, userId } = await signUp()
  const stored = async () => {
    const query = worker.env.DB.prepare('SELECT password_hash FROM users WHERE id = ?').bind(userId)
    return String(await query.first('password_hash'))
  }
  const first = await stored()
  expect(first).toMatch(/^\$scrypt\$ln=14,r=8,p=5,keyid=test\$[\w-]{22}\$[\w-]{43}$/)
  expect(await dumpDatabase(worker)).not.toContain(PASSWORD)
  const store = (hash: string) =>
    worker.env.DB.prepare('UPDATE users SET password_hash = ? WHERE id = ?').bind(hash, userId).run()
  // What claims to be made otherwise than it was does not match, and nothing falls over.
  for (const broken of [first.replace('ln=14', 'ln=12'), first.replace('keyid=test', 'keyid=gone'), 'rubbish', '']) {
    await store(broken)
    expectRefusal(await post('sign-in', { email, password: PASSWORD }), 401, 'SIGN_IN_FAILED')
  }
  const peppered = await mac(readKeyring(SECRETS), 'password pepper', utf8(PASSWORD))
  const weaker = scryptSync(peppered, Buffer.alloc(16), 32, { N: 2 ** 12, r: 8, p: 1 }).toString('base64url')
  await store(`$scrypt$ln=12,r=8,p=1,keyid=test$${'A'.repeat(22)}$${weaker}`)
  expect((await post('sign-in', { email, password: PASSWORD })).status).toBe(200)
  expect(await stored()).toMatch(/^\$scrypt\$ln=14,r=8,p=5,/)
  expect((await post('sign-in', { email, password: PASSWORD })).status).toBe(200)
})

test('a new password by the link of a mail ends all sessions; the link works once', async () => {
  const { email, token } = await signUp()
  expect((await post('password-reset', { email: 'nobody@example.com' })).status).toBe(204)
  for (const _ of [1, 2]) expect((await post('password-reset', { email })).status).toBe(204)
  const { token: link } = await mailTo(worker, email)
  const password = 'another lighthouse entirely'
  expectRefusal(await post('password-reset/confirm', { token: link, password: 'short' }), 400, 'VALIDATION_FAILED')
  const both = await Promise.all([1, 2].map(() => post('password-reset/confirm', { token: link, password })))
  expect(statusesOf(both), both[0]?.text).toEqual([200, 400])
  expectRefusal(await me(token), 401, 'SESSION_REQUIRED')
  const done = both.find(({ status }) => status === 200)
  expect((await me(done ? (tokenOf(done) ?? '') : '')).status).toBe(200)
  expectRefusal(await post('password-reset/confirm', { token: link, password }), 400, 'LINK_INVALID')
  expectRefusal(await post('sign-up/confirm', { token: link }), 400, 'LINK_INVALID')
  expectRefusal(await post('sign-in', { email, password: PASSWORD }), 401, 'SIGN_IN_FAILED')
  expect((await post('sign-in', { email, password })).status).toBe(200)
})

test('without a way to send mail signing up says so, and the outbox is nowhere to be seen', async () => {
  const bare = await startWorker()
  try {
    const body = { email: 'a@example.com', password: PASSWORD, name: 'A', workspace: 'A' }
    const expectRefusalOfBare = await refusalsOf(bare)
    expectRefusalOfBare(await call(bare, 'POST', '/api/auth/sign-up', { body }), 503, 'UNAVAILABLE')
    expectRefusalOfBare(await call(bare, 'GET', '/dev/outbox'), 404, 'NOT_FOUND')
    expectRefusalOfBare(await call(bare, 'GET', '/dev/outbox.json'), 404, 'NOT_FOUND')
  } finally {
    await bare.close()
  }
})
