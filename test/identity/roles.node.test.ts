// Every operation by every role, from the contracts and the table of roles.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Role, ROLES } from '../../src/context.ts'
import { ROLE_SCOPES } from '../../src/identity/roles.ts'
import { createInhabited, everythingOf, idsFor, send } from '../support/inhabited.ts'
import { keyedOperations, requestOf } from '../support/operations.ts'
import { tokenOf } from '../support/people.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const OPERATIONS = keyedOperations()

/** What each role may not do, written out: a scope that slips into a role changes one of these. */
const REFUSED: Record<Role, string[]> = {
  viewer: ['chat', 'createAgent', 'createKey', 'listKeys', 'createDocument', 'createInvitation', 'putProviderKey'],
  agent: ['createAgent', 'createKey', 'listKeys', 'createDocument', 'createInvitation', 'changeRole'],
  builder: ['createInvitation', 'changeRole', 'removeMember', 'revokeInvitation'],
  admin: [],
  owner: [],
}

for (const role of ROLES) {
  test(`what the role ${role} may not do is refused and changes nothing, and the rest works`, async () => {
    const own = await createInhabited(worker, `CANARY-${role.toUpperCase()}`, role)
    const scopes = ROLE_SCOPES[role]
    const refused = OPERATIONS.filter(([, { scope }]) => scope === null || !scopes.includes(scope))
    const names = new Set(refused.map(([id]) => id))
    const known = new Set(OPERATIONS.map(([id]) => id))
    for (const id of REFUSED[role].filter((name) => known.has(name))) expect(names, `${role}: ${id}`).toContain(id)
    let { session } = own

    const before = await everythingOf(worker, own)
    for (const [id, operation] of refused) {
      const answer = await send(worker, requestOf(operation, idsFor(operation.path, own)), { session })
      expect(answer.status, `${id}: ${answer.text}`).toBe(403)
      expect(expectRefusal(answer, 403, 'INSUFFICIENT_SCOPE').scope).toBe(operation.scope)
    }
    expect(await everythingOf(worker, own)).toEqual(before)

    for (const [id, operation] of OPERATIONS.filter(([name]) => !names.has(name))) {
      const answer = await send(worker, requestOf(operation, idsFor(operation.path, own)), { session })
      expect(answer.status, `${id}: ${answer.text}`).toBe(operation.status)
      session = tokenOf(answer) ?? session
    }
  }, 60_000)
}

test('viewers can only read', () => {
  // A search is a question with a body.
  const changing = OPERATIONS.filter(([id, { method }]) => method !== 'get' && id !== 'searchKnowledge')
  const writes = changing.filter(([, { scope }]) => scope !== 'profile')
  expect(writes.filter(([, { scope }]) => scope && ROLE_SCOPES.viewer.includes(scope)).map(([id]) => id)).toEqual([])
})
