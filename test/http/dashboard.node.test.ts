// The pages by their front door, without a browser: who is let in, what is sent along, what a form may do.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson, type Person } from '../support/people.ts'
import { rowsOf } from '../support/database.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let own: Workspace
let owner: Person
let viewer: Person
beforeAll(async () => {
  worker = await startWorker({ vars: { MAIL_MODE: 'outbox' } })
  own = await createWorkspace(worker)
  owner = await addPerson(worker, own.orgId, 'owner')
  viewer = await addPerson(worker, own.orgId, 'viewer')
})
afterAll(() => worker.close())

type Sent = {
  token?: string | undefined
  cookie?: string
  form?: Record<string, string>
  headers?: Record<string, string>
}

async function open(path: string, { token, cookie = '', form, headers = {} }: Sent = {}) {
  const response = await fetch(worker.baseUrl + path, {
    redirect: 'manual',
    headers: { cookie: `${token ? `sid=${token}; ` : ''}${cookie}`, origin: worker.baseUrl, ...headers },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The proof that a form of this session carries. */
async function csrfOf(token: string): Promise<string> {
  const { text } = await open('/settings', { token })
  return /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
}

const AGENT_PAGES = [
  '',
  '/behaviour',
  '/knowledge',
  '/knowledge?q=x',
  '/knowledge/add',
  '/test',
  '/deploy',
  '/settings',
]
const PAGES = ['/', '/start', '/agents', '/agents/new', '/keys', '/usage', '/team', '/audit', '/audit.csv', '/settings']
const pagesOf = (agentId: string) => [...PAGES, ...AGENT_PAGES.map((path) => `/agents/${agentId}${path}`)]

test('who has not signed in is led to the sign-in, and from there back', async () => {
  for (const path of pagesOf(own.agentId)) {
    const { status, headers } = await open(path)
    expect([path, status]).toEqual([path, 303])
    const next = path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`
    expect(headers.get('location')).toBe(next)
  }
})

test('every page is guarded by its headers and stored by nobody', async () => {
  for (const path of [...pagesOf(own.agentId), '/sign-in', '/sign-up', '/nothing']) {
    const { headers } = await open(path, { token: path.startsWith('/sign') ? undefined : owner.token })
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy, path).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy, path).toContain("frame-ancestors 'none'")
    expect(policy, path).not.toContain('unsafe')
    expect(headers.get('cache-control'), path).toBe('no-store')
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin')
    expect(headers.get('x-request-id'), path).toMatch(/^req_/)
  }
  const { headers } = await open('/reset-password?token=secret')
  expect(headers.get('referrer-policy')).toBe('same-origin')
})

test('the style sheet and the script are kept for good, under names that change with them', async () => {
  const { text } = await open('/sign-in')
  const names = Array.from(text.matchAll(/"(\/assets\/[^"]+)"/g), ([, name]) => name ?? '')
  expect(names).toHaveLength(2)
  for (const name of names) {
    const { status, headers } = await open(name)
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await open(name.replace(/-\w+/, '-other'))).status).toBe(404)
  }
  const [style = '', script = ''] = await Promise.all(names.map(async (name) => (await open(name)).text))
  // What a browser receives: 6 KB and 30 KB are the limits of the design.
  expect(gzipSync(style).length).toBeLessThan(4_500)
  expect(gzipSync(script).length).toBeLessThan(8_000)
})

test('an agent of another workspace is not there, whatever is asked of it', async () => {
  const other = await createWorkspace(worker, { agent: { name: 'CANARY agent' } })
  const document = await other.addDocument('CANARY title', 'CANARY content')
  const before = await rowsOf(worker, other.orgId)
  const csrf = await csrfOf(owner.token)
  const paths = [...AGENT_PAGES, `/knowledge/documents/${document.id}`].map((path) => `/agents/${other.agentId}${path}`)
  for (const path of paths) {
    const { status, text } = await open(path, { token: owner.token })
    expect([path, status]).toEqual([path, 404])
    expect(text).not.toContain('CANARY')
  }
  const posts = {
    behaviour: { greeting: 'Mine' },
    'behaviour/publish': {},
    settings: { name: 'Mine', status: 'paused' },
    'settings/delete': {},
    keys: { name: 'Mine' },
    [`keys/${other.keyId}/revoke`]: {},
    'knowledge/add': { kind: 'text', title: 'Mine', content: 'Mine' },
    [`knowledge/documents/${document.id}/delete`]: {},
    test: { question: 'What is there?' },
    run: { question: 'What is there?' },
  }
  for (const [path, form] of Object.entries(posts)) {
    const sent = { token: owner.token, form: { csrf, ...form } }
    expect([path, (await open(`/agents/${other.agentId}/${path}`, sent)).status]).toEqual([path, 404])
  }
  expect(await rowsOf(worker, other.orgId)).toEqual(before)
})

test('a form counts only from a page of the same session, and only from our own origin', async () => {
  const form = { name: 'Taken over' }
  const [csrf, foreign] = [await csrfOf(owner.token), await csrfOf(viewer.token)]
  const path = '/settings/workspace'
  const post = (more: Record<string, string>, headers = {}) =>
    open(path, { token: owner.token, form: { ...form, ...more }, headers })
  expect((await post({})).status).toBe(403)
  expect((await post({ csrf: 'guess' })).status).toBe(403)
  expect((await post({ csrf: foreign })).status).toBe(403)
  expect((await post({ csrf }, { origin: 'https://evil.example' })).status).toBe(403)
  expect((await post({ csrf }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post({ csrf }, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await open('/settings', { token: owner.token })).text).not.toContain('Taken over')
  const saved = await post({ csrf })
  expect([saved.status, saved.headers.get('location')]).toEqual([303, '/settings'])
  expect((await open('/settings', { token: owner.token })).text).toContain('Taken over')
})

test('a role is refused what it may not do, also without the button', async () => {
  const csrf = await csrfOf(viewer.token)
  const base = `/agents/${own.agentId}`
  for (const path of ['/keys', '/audit', '/audit.csv', '/start', '/agents/new', `${base}/settings`, `${base}/test`]) {
    expect([path, (await open(path, { token: viewer.token })).status]).toEqual([path, 403])
  }
  const before = await rowsOf(worker, own.orgId)
  const posts = {
    '/agents/new': { name: 'No' },
    '/start': { name: 'No', title: 'No', content: 'No' },
    [`${base}/keys`]: { name: 'No' },
    [`${base}/behaviour`]: { greeting: 'No' },
    [`${base}/behaviour/publish`]: {},
    [`${base}/knowledge/add`]: { kind: 'text', title: 'No', content: 'No' },
    [`${base}/settings/delete`]: {},
    [`${base}/test`]: { question: 'No' },
    [`${base}/run`]: { question: 'No' },
    '/team/invite': { email: 'no@example.com', role: 'owner' },
    [`/team/${owner.userId}/remove`]: {},
    '/settings/workspace': { name: 'No' },
  }
  for (const [path, form] of Object.entries(posts)) {
    const { status } = await open(path, { token: viewer.token, form: { csrf, ...form } })
    expect([path, status]).toEqual([path, 403])
  }
  expect(await rowsOf(worker, own.orgId)).toEqual(before)
})

test('what people write is shown as text, wherever it stands', async () => {
  const nasty = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
  const space = await createWorkspace(worker, {
    agent: { name: nasty.slice(0, 100), behavior: { greeting: nasty, instructions: nasty } },
  })
  const document = await space.addDocument(nasty, `# ${nasty}\n\nThe shop opens at nine. ${nasty}`)
  const { token } = await addPerson(worker, space.orgId, 'owner', { name: nasty })
  await worker.env.DB.prepare('UPDATE organizations SET name = ? WHERE id = ?').bind(nasty, space.orgId).run()
  const csrf = await csrfOf(token)
  const asked = { csrf, question: `When does the shop open? ${nasty}` }
  const answered = await open(`/agents/${space.agentId}/test`, { token, form: asked })
  const thread = answered.headers.get('location') ?? ''
  expect(thread).toMatch(/\?c=cnv_/)
  const query = encodeURIComponent(`opens ${nasty}`)
  const more = [
    thread,
    thread.replace(/.*\?/, `/start?agent=${space.agentId}&`),
    `/agents/${space.agentId}/knowledge?q=${query}`,
    `/agents/${space.agentId}/knowledge/documents/${document.id}`,
    `/audit?target=${query}`,
    `/sign-in?next=${query}`,
  ]
  for (const path of [...pagesOf(space.agentId), ...more]) {
    const { text } = await open(path, { token })
    expect(text, path).not.toMatch(/<script>|<img/)
  }
})

test('a new key is shown on the next page, once, and to nobody else', async () => {
  const csrf = await csrfOf(owner.token)
  const form = { csrf, form: 'x', name: 'Server', environment: 'live', back: 'deploy' }
  const made = await open(`/agents/${own.agentId}/keys`, { token: owner.token, form })
  expect([made.status, made.headers.get('location')]).toEqual([303, `/agents/${own.agentId}/deploy`])
  const [cookie = ''] = (made.headers.get('set-cookie') ?? '').split(';')
  expect(made.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax/)
  expect(cookie).not.toMatch(/fxa_/)
  const path = `/agents/${own.agentId}/deploy`
  const [shown] = (await open(path, { token: owner.token, cookie })).text.match(/fxa_live_\w{51}/) ?? []
  expect(shown).toBeDefined()
  // The page takes the cookie away; and it says nothing to another session.
  expect((await open(path, { token: owner.token, cookie })).headers.get('set-cookie')).toMatch(/^flash=; .*Max-Age=0/)
  expect((await open(path, { token: owner.token })).text).not.toContain(shown)
  expect((await open(path, { token: viewer.token, cookie })).text).not.toContain(shown)
})

test('signing in leads to our own pages only', async () => {
  for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '/\t/evil']) {
    const { status, headers } = await open(`/sign-in?next=${encodeURIComponent(next)}`, { token: owner.token })
    expect([next, status, headers.get('location')]).toEqual([next, 303, '/'])
  }
})

test('the test chat is counted as one, and stands apart from what customers ask', async () => {
  await own.addDocument('Hours', 'The shop opens at nine.')
  const csrf = await csrfOf(owner.token)
  const form = { csrf, question: 'When does the shop open?' }
  await open(`/agents/${own.agentId}/test`, { token: owner.token, form })
  await own.ask('When does the shop open?')
  const { body } = await own.asOrganization('GET', `/api/agents/${own.agentId}/conversations`)
  const told = body.data.map(({ channel, environment }: Record<string, string>) => `${channel} ${environment}`)
  expect(told).toEqual(['api live', 'tester test'])
})

test('a form that is too large or no form is refused before it is read', async () => {
  const csrf = await csrfOf(owner.token)
  const path = `/agents/${own.agentId}/behaviour`
  const large = await open(path, { token: owner.token, form: { csrf, instructions: 'x'.repeat(3 * 1024 * 1024) } })
  expect(large.status).toBe(413)
  const long = await open(path, { token: owner.token, form: { csrf, form: 'behaviour', greeting: 'x'.repeat(600) } })
  expect(long.status).toBe(400)
  expect(long.text).toContain('At most 500 characters.')
  expect(long.text).toContain('x'.repeat(600))
})

test('what is changed is exported as CSV that no spreadsheet runs', async () => {
  const { status, headers, text } = await open('/audit.csv?action=agent', { token: owner.token })
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
  const [head, ...lines] = text.trim().split('\r\n')
  expect(head).toBe('createdAt,actorType,actorId,action,target,requestId,id')
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.every((line) => line.includes('"agent.'))).toBe(true)
})

test('programs that take a wrong path still get JSON', async () => {
  expect((await open('/api/nothing')).headers.get('content-type')).toContain('application/json')
  expect((await open('/nothing.json')).headers.get('content-type')).toContain('application/json')
  expect((await open('/v1/models')).headers.get('content-type')).toContain('application/json')
  const page = await open('/nothing', { headers: { accept: 'text/html,*/*' } })
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
})
