import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsOf } from '../support/database.ts'
import { addMembership, addPerson, browse, mailTo, newAddress, type Person, tokenOf } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker({ vars: { MAIL_MODE: 'outbox' } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const as = (person: Person | string, method: string, path: string, body?: Json) =>
  browse(worker, typeof person === 'string' ? person : person.token, method, path, body)
const accept = (body: Json, token?: string) =>
  browse(worker, token, 'POST', '/api/auth/invitation/accept', body, newAddress())
const PERSON = { name: 'Grace', password: 'a lighthouse keeps turning' }

async function createTeam() {
  const space = await createWorkspace(worker)
  const [owner, admin, viewer] = [
    await addPerson(worker, space.orgId, 'owner'),
    await addPerson(worker, space.orgId, 'admin'),
    await addPerson(worker, space.orgId, 'viewer'),
  ]
  return { ...space, owner, admin, viewer }
}

const roleOf = async (person: Person) => (await as(person, 'GET', '/api/me')).body.role

test('an invitation makes a new person a member with its role, once', async () => {
  const team = await createTeam()
  const email = 'grace@example.com'
  const invited = await as(team.admin, 'POST', '/api/invitations', { email: 'Grace@Example.com', role: 'builder' })
  expect(invited.body).toMatchObject({ email, role: 'builder', invitedBy: team.admin.userId, link: null })
  const { token, text } = await mailTo(worker, email)
  expect(text).toContain(`${worker.baseUrl}/invitation?token=`)
  const view = await browse(worker, undefined, 'POST', '/api/auth/invitation', { token })
  expect(view.body).toMatchObject({ email, role: 'builder', hasAccount: false })

  expectRefusal(await accept({ token }), 400, 'VALIDATION_FAILED')
  expectRefusal(await accept({ token, person: { ...PERSON, password: 'short' } }), 400, 'VALIDATION_FAILED')
  const both = await Promise.all([accept({ token, person: PERSON }), accept({ token, person: PERSON })])
  expect(
    both.map(({ status }) => status).toSorted((a, b) => a - b),
    both.map(({ text: t }) => t).join(),
  ).toEqual([200, 400])
  const session = both.map(tokenOf).find(Boolean) ?? ''
  expect((await as(session, 'GET', '/api/me')).body).toMatchObject({
    user: { email, name: 'Grace' },
    role: 'builder',
    organizationId: team.orgId,
  })
  expectRefusal(await accept({ token, person: PERSON }), 400, 'LINK_INVALID')
  expect((await as(team.owner, 'GET', '/api/invitations')).body.data).toEqual([])
  const members = (await as(team.viewer, 'GET', '/api/members?limit=2')).body
  expect(members.pagination.hasMore).toBe(true)
  const rest = (await as(team.viewer, 'GET', `/api/members?limit=2&cursor=${members.pagination.nextCursor}`)).body
  const seen: string[] = [...members.data, ...rest.data].map(({ role }) => role)
  expect(new Set(seen)).toEqual(new Set(['admin', 'builder', 'owner', 'viewer']))
  expect(seen).toHaveLength(4)
  const { audit_log: audit = [] } = await rowsOf(worker, team.orgId)
  const actions = audit.map(({ action }) => action)
  expect(actions).toEqual(expect.arrayContaining(['member.invited', 'member.joined', 'session.began']))
})

test('who has an account must be signed in to it, and keeps the role that they have', async () => {
  const [team, elsewhere] = [await createTeam(), await createTeam()]
  const guest = elsewhere.viewer
  await as(team.owner, 'POST', '/api/invitations', { email: guest.email, role: 'admin' })
  const { token } = await mailTo(worker, guest.email)
  expect((await browse(worker, undefined, 'POST', '/api/auth/invitation', { token })).body.hasAccount).toBe(true)
  // Neither a stranger with the link nor somebody else's session takes it.
  expectRefusal(await accept({ token, person: PERSON }), 401, 'SESSION_REQUIRED')
  expectRefusal(await accept({ token }, team.viewer.token), 401, 'SESSION_REQUIRED')
  const accepted = await accept({ token }, guest.token)
  expect(accepted.body).toEqual({ userId: guest.userId, organizationId: team.orgId })
  const session = tokenOf(accepted) ?? ''
  expectRefusal(await as(guest, 'GET', '/api/me'), 401, 'SESSION_REQUIRED')
  const { organizations } = (await as(session, 'GET', '/api/me')).body
  expect(organizations.map(({ role }: Json) => role).toSorted()).toEqual(['admin', 'viewer'])
})

test('only the newest invitation of an address works, a withdrawn one does not, and members are not invited', async () => {
  const team = await createTeam()
  const email = 'often@example.com'
  const invite = (body: Json) => as(team.owner, 'POST', '/api/invitations', { email, role: 'viewer', ...body })
  await invite({})
  const first = await mailTo(worker, email)
  const { id } = (await invite({ role: 'agent' })).body
  const second = await mailTo(worker, email)
  expectRefusal(await accept({ token: first.token, person: PERSON }), 400, 'LINK_INVALID')
  expect((await as(team.owner, 'GET', '/api/invitations')).body.data).toMatchObject([{ id, role: 'agent' }])
  expect((await as(team.owner, 'DELETE', `/api/invitations/${id}`)).status).toBe(204)
  expectRefusal(await accept({ token: second.token, person: PERSON }), 400, 'LINK_INVALID')
  expectRefusal(await invite({ email: team.viewer.email }), 409, 'CONFLICT')
  expectRefusal(await invite({ email: 'not an address' }), 400, 'VALIDATION_FAILED')

  await invite({})
  const third = await mailTo(worker, email)
  await worker.env.DB.prepare('UPDATE invitations SET expires_at = ? WHERE org_id = ?')
    .bind(Date.now() - 1, team.orgId)
    .run()
  expectRefusal(await accept({ token: third.token, person: PERSON }), 400, 'LINK_INVALID')
})

test('nobody gives, takes or touches a role above their own; a key counts as an admin', async () => {
  const team = await createTeam()
  const attempts = (who: (method: string, path: string, body?: Json) => Promise<Json>) => [
    who('POST', '/api/invitations', { email: 'boss@example.com', role: 'owner' }),
    who('PATCH', `/api/members/${team.viewer.userId}`, { role: 'owner' }),
    who('PATCH', `/api/members/${team.owner.userId}`, { role: 'viewer' }),
    who('DELETE', `/api/members/${team.owner.userId}`),
  ]
  const asAdmin = (method: string, path: string, body?: Json) => as(team.admin, method, path, body)
  for (const answer of await Promise.all([...attempts(asAdmin), ...attempts(team.asOrganization)])) {
    expectRefusal(answer, 403, 'INSUFFICIENT_SCOPE')
  }
  expect(await roleOf(team.owner)).toBe('owner')
  expect((await asAdmin('PATCH', `/api/members/${team.admin.userId}`, { role: 'owner' })).status).toBe(403)
})

test('a changed role and a removed member count for the next request', async () => {
  const team = await createTeam()
  const create = () => as(team.viewer, 'POST', '/api/agents', { name: 'Mine' })
  expectRefusal(await create(), 403, 'INSUFFICIENT_SCOPE')
  const path = `/api/members/${team.viewer.userId}`
  expect((await as(team.admin, 'PATCH', path, { role: 'builder' })).status).toBe(204)
  expect((await create()).status).toBe(201)
  expect((await as(team.admin, 'PATCH', path, { role: 'viewer' })).status).toBe(204)
  expectRefusal(await create(), 403, 'INSUFFICIENT_SCOPE')
  expect((await as(team.admin, 'DELETE', path)).status).toBe(204)
  expectRefusal(await as(team.viewer, 'GET', '/api/agents'), 401, 'SESSION_REQUIRED')
  expectRefusal(await as(team.admin, 'DELETE', path), 404, 'NOT_FOUND')
})

test('an organization keeps an owner, also when its owners demote, remove and leave at the same moment', async () => {
  const team = await createTeam()
  expectRefusal(await as(team.owner, 'PATCH', `/api/members/${team.owner.userId}`, { role: 'admin' }), 409, 'CONFLICT')
  expectRefusal(await as(team.owner, 'DELETE', '/api/me/organization'), 409, 'CONFLICT')

  for (let round = 0; round < 10; round++) {
    const owners = await Promise.all([1, 2, 3].map(() => addPerson(worker, team.orgId, 'owner')))
    const [a, b, c] = owners as [Person, Person, Person]
    const demote = (by: Person, whom: Person) => as(by, 'PATCH', `/api/members/${whom.userId}`, { role: 'viewer' })
    const all = [team.owner, a, b, c]
    const answers = await Promise.all([
      demote(a, b),
      demote(b, c),
      demote(c, a),
      as(a, 'DELETE', '/api/me/organization'),
      as(b, 'DELETE', `/api/members/${a.userId}`),
      as(c, 'DELETE', '/api/me/organization'),
      demote(team.owner, team.owner),
    ])
    for (const { status, text } of answers) expect([204, 401, 403, 404, 409], text).toContain(status)
    const { members = [] } = await rowsOf(worker, team.orgId)
    const left = members.filter(({ role }) => role === 'owner')
    expect(left.length, JSON.stringify(answers.map(({ status }) => status))).toBeGreaterThan(0)
    // The next round begins with one owner again.
    for (const person of all) {
      await worker.env.DB.prepare('DELETE FROM members WHERE user_id = ?').bind(person.userId).run()
    }
    await addMembership(worker, team.orgId, team.owner.userId, 'owner')
  }
}, 60_000)

test('a person sees and ends their own sessions, and no others', async () => {
  const team = await createTeam()
  const { DB } = worker.env
  const other = await addPerson(worker, team.orgId, 'viewer')
  // The second session of one person.
  await DB.prepare('UPDATE sessions SET user_id = ? WHERE id = ?').bind(team.owner.userId, other.sessionId).run()
  const { data } = (await as(team.owner, 'GET', '/api/me/sessions')).body
  expect(Object.fromEntries(data.map(({ id, isCurrent }: Json) => [id, isCurrent]))).toEqual({
    [team.owner.sessionId]: true,
    [other.sessionId]: false,
  })
  expect(JSON.stringify(data)).not.toContain(team.owner.token)
  expectRefusal(await as(team.admin, 'DELETE', `/api/me/sessions/${other.sessionId}`), 404, 'NOT_FOUND')
  expect((await as(other, 'GET', '/api/me')).status).toBe(200)
  expect((await as(team.owner, 'DELETE', `/api/me/sessions/${other.sessionId}`)).status).toBe(204)
  expectRefusal(await as(other, 'GET', '/api/me'), 401, 'SESSION_REQUIRED')
})

test('switching moves the session, under a new cookie, to another organization of the person', async () => {
  const [team, elsewhere, strangers] = [await createTeam(), await createTeam(), await createTeam()]
  await addMembership(worker, elsewhere.orgId, team.viewer.userId, 'admin')
  const turn = (token: string, organizationId: string) => as(token, 'PUT', '/api/me/organization', { organizationId })
  expectRefusal(await turn(team.viewer.token, strangers.orgId), 404, 'NOT_FOUND')
  const turned = await turn(team.viewer.token, elsewhere.orgId)
  const session = tokenOf(turned) ?? ''
  expect([turned.status, session.length]).toEqual([204, 43])
  expectRefusal(await as(team.viewer, 'GET', '/api/me'), 401, 'SESSION_REQUIRED')
  expect((await as(session, 'GET', '/api/me')).body).toMatchObject({ role: 'admin', organizationId: elsewhere.orgId })
  expect((await as(session, 'GET', `/api/agents/${elsewhere.agentId}`)).status).toBe(200)
  expectRefusal(await as(session, 'GET', `/api/agents/${team.agentId}`), 404, 'NOT_FOUND')
})

const createOnce = (person: Person) =>
  browse(worker, person.token, 'POST', '/api/agents', { name: 'Once' }, { 'idempotency-key': 'same' })

test('an Idempotency-Key of one member does not answer another', async () => {
  const team = await createTeam()
  const [one, again, two] = [await createOnce(team.owner), await createOnce(team.owner), await createOnce(team.admin)]
  expect([again.body.id, again.headers.get('idempotency-replayed')]).toEqual([one.body.id, 'true'])
  expect(two.body.id).not.toBe(one.body.id)
})
