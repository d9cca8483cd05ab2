// Written for all operations at once, from the contracts: one that comes new is covered, or makes this fail until it is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AGENT_SCOPES } from '../../src/context.ts'
import {
  agentKey,
  createInhabited,
  type Credential,
  everythingOf,
  idsFor,
  insertKey,
  send,
} from '../support/inhabited.ts'
import { idsOf, keyedOperations, requestOf } from '../support/operations.ts'
import { addPerson, browse, tokenOf } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import type { Answer } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const OPERATIONS = keyedOperations()
const DAY = 24 * 3_600_000

function expectDenied(answer: Answer, canaries: string[], what: string): void {
  expect([401, 403, 404], `${what}: ${answer.text}`).toContain(answer.status)
  expectRefusal(answer, answer.status, answer.body.error.code)
  expectSilent(answer, canaries, what)
}

function expectSilent(answer: Answer, canaries: string[], what: string): void {
  const heard = canaries.filter((canary) => answer.text.includes(canary))
  expect(heard, `${what}: ${answer.text}`).toEqual([])
}

test('no credential but the right one does anything to an organization or hears anything of it', async () => {
  const own = await createInhabited(worker, 'CANARY-ALPHA')
  const victim = await createInhabited(worker, 'CANARY-BRAVO')
  const revoked = await agentKey(victim, victim.agentId, AGENT_SCOPES)
  await victim.asOrganization('DELETE', `/api/agents/${victim.agentId}/keys/${revoked.id}`)
  const sibling = (await victim.asOrganization('POST', '/api/agents', { name: 'Sibling' })).body.id
  const sessionOf = async (options: object, role: 'owner' | undefined = 'owner') => ({
    session: (await addPerson(worker, victim.orgId, role, options)).token,
  })
  const ended = await addPerson(worker, victim.orgId, 'owner')
  expect((await browse(worker, ended.token, 'DELETE', `/api/me/sessions/${ended.sessionId}`)).status).toBe(204)
  const strangers: Credential[] = [{ key: own.organizationKey }, { session: own.session }]
  const [strangersKey, strangersSession] = strangers as [Credential, Credential]
  const credentials: Record<string, Credential> = {
    'no credential': 'nothing',
    'the key of another organization': strangersKey,
    'the session of an owner of another organization': strangersSession,
    'a connection key of another organization': { key: (await agentKey(own, own.agentId, AGENT_SCOPES)).key },
    'a revoked key': { key: revoked.key },
    'a key of another agent': { key: (await agentKey(victim, sibling, AGENT_SCOPES)).key },
    'a key without scopes': { key: await insertKey(worker, victim, []) },
    'an expired session': await sessionOf({ age: 31 * DAY }),
    'a session that nobody used for a week': await sessionOf({ age: 8 * DAY, idle: 7 * DAY + 1_000 }),
    'a session that was ended': { session: ended.token },
    'the session of somebody who is no member any more': {
      session: (await addPerson(worker, victim.orgId, undefined)).token,
    },
    'a session that was made up': { session: 'A'.repeat(43) },
    'a session that is none': { session: `${'A'.repeat(42)}'` },
  }
  const before = await everythingOf(worker, victim)
  expect(before.rows.messages).toHaveLength(2)
  expect(before.rows.users?.length).toBeGreaterThan(4)

  let asked = 0
  for (const [id, operation] of OPERATIONS) {
    const request = requestOf(operation, victim.ids)
    for (const [who, credential] of Object.entries(credentials)) {
      const answer = await send(worker, request, credential)
      // Without an id in it, the request of another organization is about that organization.
      const isOwn = strangers.includes(credential) && idsOf(operation).length === 0
      if (isOwn) expectSilent(answer, victim.canaries, `${id} with ${who}`)
      else expectDenied(answer, victim.canaries, `${id} with ${who}`)
      asked++
    }
    const scopes = (['chat', 'organization:read'] as const).filter((scope) => scope !== operation.scope)
    const narrow = await send(worker, request, { key: await insertKey(worker, own, scopes) })
    expectDenied(narrow, victim.canaries, `${id} with a key of other scopes`)
  }
  expect(asked).toBe(OPERATIONS.length * Object.keys(credentials).length)
  expect(OPERATIONS.length).toBeGreaterThan(30)
  expect(await everythingOf(worker, victim)).toEqual(before)
}, 180_000)

test('an own key or session with any one id of another organization finds nothing', async () => {
  const own = await createInhabited(worker, 'CANARY-CHARLIE')
  const victim = await createInhabited(worker, 'CANARY-DELTA')
  const before = [await everythingOf(worker, own), await everythingOf(worker, victim)]
  let replaced = 0
  for (const [id, operation] of OPERATIONS) {
    const credentials: Credential[] = [{ session: own.session }]
    if (operation.scope !== 'profile') credentials.push({ key: own.organizationKey })
    for (const credential of credentials) {
      for (const name of idsOf(operation)) {
        const request = requestOf(operation, { ...own.ids, [name]: victim.ids[name] ?? '' })
        const answer = await send(worker, request, credential)
        expectDenied(answer, [...victim.canaries, ...own.canaries], `${id} with a foreign ${name}`)
        expect(answer.status, `${id}: ${answer.text}`).toBe(404)
        replaced++
      }
      if (operation.query?.shape.cursor) {
        for (const stranger of Object.values(victim.ids)) {
          const { path } = requestOf(operation, own.ids)
          const cursor = Buffer.from(stranger).toString('base64url')
          const request = { method: 'GET', path: `${path}?cursor=${cursor}`, body: undefined }
          expectSilent(await send(worker, request, credential), victim.canaries, `${id} with a foreign cursor`)
        }
      }
    }
  }
  expect(replaced).toBeGreaterThan(60)
  expect([await everythingOf(worker, own), await everythingOf(worker, victim)]).toEqual(before)
}, 180_000)

test('with the right key and the right ids every one of these requests is answered', async () => {
  const own = await createInhabited(worker, 'CANARY-ECHO')
  for (const [id, operation] of OPERATIONS) {
    const answer = await send(worker, requestOf(operation, idsFor(operation.path, own)), { key: own.organizationKey })
    // A person's own account is for that person.
    if (operation.scope === 'profile') expectRefusal(answer, 403, 'INSUFFICIENT_SCOPE')
    else expect(answer.status, `${id}: ${answer.text}`).toBe(operation.status)
  }
}, 60_000)

test('with the session of an owner and the right ids every one of these requests is answered', async () => {
  const own = await createInhabited(worker, 'CANARY-FOXTROT')
  let { session } = own
  for (const [id, operation] of OPERATIONS) {
    const answer = await send(worker, requestOf(operation, idsFor(operation.path, own)), { session })
    expect(answer.status, `${id}: ${answer.text}`).toBe(operation.status)
    // Switching to another organization goes on under a new cookie.
    session = tokenOf(answer) ?? session
  }
}, 60_000)
