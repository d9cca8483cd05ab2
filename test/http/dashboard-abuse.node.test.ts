// Pages as somebody meets them who types addresses by hand, sends forms without a session or has very many agents.
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { addPerson, type Person } from '../support/people.ts'
import type { TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let own: Workspace
let owner: Person
let viewer: Person
beforeAll(async () => {
  worker = await startDirectWorker()
  own = await createWorkspace(worker, { plan: 'business' })
  owner = await addPerson(worker, own.orgId, 'owner')
  viewer = await addPerson(worker, own.orgId, 'viewer')
})
afterAll(() => worker.close())

async function open(path: string, token: string) {
  const headers = { cookie: `sid=${token}`, accept: 'text/html' }
  const response = await fetch(worker.baseUrl + path, { redirect: 'manual', headers })
  return { status: response.status, text: await response.text() }
}

test('an address that somebody made up is answered with a page and never with a failure of ours', async () => {
  const agent = `/agents/${own.agentId}`
  const pairs = { kind: 'pairs', name: 'FAQ', pairs: [{ question: 'Why?', answer: 'Because.' }] }
  const source = (await own.asOrganization('POST', `/api${agent}/knowledge/sources`, pairs)).body
  const expected: [string, number][] = [
    [`${agent}/knowledge/add?kind=toString`, 200],
    [`${agent}/knowledge/add?kind=__proto__`, 200],
    [`${agent}/knowledge?q=${encodeURIComponent('\u0000"<x>\u{1F600}'.repeat(40))}`, 200],
    [`${agent}/knowledge?sources=x`, 400],
    [`${agent}/knowledge?documents=x`, 400],
    [`${agent}/knowledge/sources/${source.id}?state=constructor&after=Infinity`, 200],
    [`${agent}/knowledge/sources/${source.id}?after=-1.5`, 200],
    [`${agent}/test?c=cnv_gone`, 200],
    [`/start?agent=${own.agentId}&c=cnv_gone`, 200],
    ['/start?agent=agt_gone&c=cnv_gone', 200],
    ['/audit?days=Infinity', 200],
    ['/audit?days=-1', 200],
    ['/audit?days=1e300', 200],
    ['/audit.csv?days=Infinity', 200],
    ['/audit?before=x', 400],
    ['/audit?action=%25&target=%00', 200],
    ['/team?members=x', 400],
  ]
  const answered: [string, number][] = []
  for (const [path] of expected) answered.push([path, (await open(path, owner.token)).status])
  expect(answered).toEqual(expected)
})

test('every agent has its pages, also beyond those that lists show', async () => {
  const rows = Array.from({ length: 101 }, () => newId('agt'))
  const copy = `insert into agents (org_id, id, name, status, behavior, allowed_origins, created_at, updated_at)
    select org_id, ?, name, status, behavior, allowed_origins, created_at, updated_at from agents where id = ?`
  await worker.env.DB.batch(rows.map((id) => worker.env.DB.prepare(copy).bind(id, own.agentId)))
  for (const path of ['', '/behaviour', '/knowledge', '/test', '/settings']) {
    expect([path, (await open(`/agents/${own.agentId}${path}`, owner.token)).status]).toEqual([path, 200])
  }
})

type Begun = { cookie?: string; origin?: string }

/** The answer to a form of 20 MB of which only the beginning was sent. */
function begin(path: string, { cookie = '', origin = worker.baseUrl }: Begun): Promise<number | 'no answer'> {
  const answer = new Promise<number>((resolve, reject) => {
    const request = httpRequest(worker.baseUrl + path, {
      method: 'POST',
      headers: {
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': String(20 * 1024 * 1024),
        ...(cookie ? { cookie } : {}),
        origin,
      },
    })
    request.on('response', (response) => {
      resolve(response.statusCode ?? 0)
      request.destroy()
    })
    request.on('error', reject)
    request.write('--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nfile')
  })
  return Promise.race([answer, sleep(15_000).then(() => 'no answer' as const)])
}

test('a file is read only from who may send one', { timeout: 60_000 }, async () => {
  const path = `/agents/${own.agentId}/knowledge/add`
  const cookie = `sid=${owner.token}`
  expect(await begin(path, {})).toBe(303)
  expect(await begin(path, { cookie, origin: 'https://evil.example' })).toBe(403)
  expect(await begin(path, { cookie: `sid=${viewer.token}` })).toBe(403)
  expect(await begin(`/agents/agt_gone/knowledge/add`, { cookie })).toBe(404)
})

test('what is told once fits into a cookie, however long it is and whatever script it is in', async () => {
  const text = '退款需要十四天,请联系客服。'.repeat(40)
  await own.addDocument('退款', `# 退款\n\n${text}`)
  const page = `/agents/${own.agentId}/deploy`
  const csrf = /name="csrf" value="([^"]+)"/.exec((await open(page, owner.token)).text)?.[1] ?? ''
  for (const question of ['退款需要多少天'.repeat(60), 'x'.repeat(100_000), '"\u0001\n'.repeat(400)]) {
    const response = await fetch(`${worker.baseUrl}/agents/${own.agentId}/run`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `sid=${owner.token}`, origin: worker.baseUrl },
      body: new URLSearchParams({ csrf, form: 'run', question }),
    })
    expect(response.status).toBe(303)
    const [cookie = ''] = response.headers.getSetCookie()
    // Browsers drop what is longer.
    expect(cookie.length).toBeLessThan(4_096)
    const headers = { cookie: `sid=${owner.token}; ${cookie.split(';')[0]}` }
    const shown = await (await fetch(worker.baseUrl + page, { headers })).text()
    expect(shown).toMatch(/class="answer">./)
  }
})

test('a session has as many pages a minute as it has requests', async () => {
  const strict = await startDirectWorker({ vars: { RATE_LIMIT_PER_KEY: '4' } })
  try {
    const space = await createWorkspace(strict)
    const { token } = await addPerson(strict, space.orgId, 'owner')
    const headers = { cookie: `sid=${token}`, accept: 'text/html' }
    const answers: Response[] = []
    for (let n = 0; n < 12; n++) {
      const response = await fetch(`${strict.baseUrl}/agents/${space.agentId}/knowledge?q=refunds`, { headers })
      await response.text()
      answers.push(response)
    }
    // A new minute may begin in between and let some more in.
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(refused.length).toBeGreaterThanOrEqual(2)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  } finally {
    await strict.close()
  }
})
