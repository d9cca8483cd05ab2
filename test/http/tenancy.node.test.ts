// Written for all operations at once, from the contracts: one that comes new is covered, or makes this fail until it is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newKeyRow } from '../../src/access/keys.ts'
import { AGENT_SCOPES, type Scope } from '../../src/context.ts'
import { readKeyring } from '../../src/lib/crypto.ts'
import { rowsOf } from '../support/database.ts'
import { type Ids, idsOf, keyedOperations, requestOf } from '../support/operations.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { SECRETS, startWorker, type TestWorker } from '../support/worker.ts'
import { endOfSync } from '../support/sources.ts'
import { type Answer, call, createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const OPERATIONS = keyedOperations()

/** An organization in which everything that has an id is there once, all of it with the canary in its texts. */
async function createInhabited(canary: string) {
  const instructions = `Instructions ${canary}`
  const space = await createWorkspace(worker, { agent: { name: `Agent ${canary}`, behavior: { instructions } } })
  await worker.env.DB.prepare('UPDATE organizations SET name = ? WHERE id = ?').bind(canary, space.orgId).run()
  const document = await space.addDocument(`Title ${canary}`, `The secret word is ${canary}.`)
  const { conversationId } = (await space.ask(`What is the secret word, ${canary}?`)).body
  await space.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: `sk-${canary}` })
  const { agentId, keyId } = space
  const sources = await addSources(space, canary)
  const ids: Ids = { agentId, keyId, conversationId, documentId: document.id, sourceId: sources.pairs }
  return { ...space, ids, sources, canaries: [canary, canary.slice(-4), space.orgId, ...Object.values(ids)] }
}

/** One source of each kind, all of them at rest. */
async function addSources(space: Workspace, canary: string) {
  const path = `/api/agents/${space.agentId}/knowledge`
  const pairs = [{ question: `Question ${canary}?`, answer: `Answer ${canary}` }]
  const page = { kind: 'page', name: `Page ${canary}`, url: `https://docs.customer.com/${canary}` }
  const made = {
    page: (await space.asOrganization('POST', `${path}/sources`, page)).body.id,
    file: (await space.asOrganization('POST', `${path}/files?name=${canary}.txt`, `Text ${canary}`)).body.id,
    pairs: (await space.asOrganization('POST', `${path}/sources`, { kind: 'pairs', name: canary, pairs })).body.id,
  }
  await space.asOrganization('POST', `${path}/sources/${made.page}/cancel`)
  for (const id of Object.values(made)) await endOfSync(space, id)
  return made
}

/** Some operations are for sources of one kind only. */
function idsFor(path: string, { ids, sources }: Awaited<ReturnType<typeof createInhabited>>): Ids {
  const kind = path.endsWith('/file') ? 'file' : /\/(?:sync|cancel)$/.test(path) ? 'page' : 'pairs'
  return { ...ids, sourceId: sources[kind] }
}

/** A key of the whole organization, straight into the database: the API makes only those of agents. */
async function insertKey(space: Workspace, scopes: Scope[]): Promise<string> {
  const owner = { keyring: readKeyring(SECRETS), org: { id: space.orgId } }
  const input = { name: 'Inserted', environment: 'live', agentId: null, scopes, createdAt: new Date() } as const
  const { row, key } = await newKeyRow(owner, input)
  const { orgId, id, environment, name, prefix, last4, hash, sealed } = row
  await worker.env.DB.prepare(
    `INSERT INTO keys (org_id, id, environment, name, scopes, prefix, last4, hash, sealed, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
    .bind(orgId, id, environment, name, JSON.stringify(scopes), prefix, last4, hash, sealed, Date.now())
    .run()
  return key
}

async function agentKey(space: Workspace, agentId: string, scopes: readonly Scope[]) {
  return (await space.asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'Key', scopes })).body
}

/** All that the organization has, in the database and in its objects. */
async function everythingOf(space: Workspace) {
  const paths = [
    '/api/usage',
    `/api/agents/${space.agentId}/usage`,
    `/api/agents/${space.agentId}/knowledge/documents`,
    `/api/agents/${space.agentId}/knowledge/sources`,
  ]
  const bodies = await Promise.all(paths.map(async (path) => (await space.asOrganization('GET', path)).body))
  return { rows: await rowsOf(worker, space.orgId), bodies }
}

const send = (request: ReturnType<typeof requestOf>, key: string | undefined) =>
  call(worker, request.method, request.path, { key, body: request.body })

function expectDenied(answer: Answer, canaries: string[], what: string): void {
  expect([401, 403, 404], `${what}: ${answer.text}`).toContain(answer.status)
  expectRefusal(answer, answer.status, answer.body.error.code)
  expectSilent(answer, canaries, what)
}

function expectSilent(answer: Answer, canaries: string[], what: string): void {
  const heard = canaries.filter((canary) => answer.text.includes(canary))
  expect(heard, `${what}: ${answer.text}`).toEqual([])
}

test('no key but the right one does anything to an organization or hears anything of it', async () => {
  const [own, victim] = [await createInhabited('CANARY-ALPHA'), await createInhabited('CANARY-BRAVO')]
  const revoked = await agentKey(victim, victim.agentId, AGENT_SCOPES)
  await victim.asOrganization('DELETE', `/api/agents/${victim.agentId}/keys/${revoked.id}`)
  const sibling = (await victim.asOrganization('POST', '/api/agents', { name: 'Sibling' })).body.id
  const credentials: Record<string, string | undefined> = {
    'no key': undefined,
    'the key of another organization': own.organizationKey,
    'a connection key of another organization': (await agentKey(own, own.agentId, AGENT_SCOPES)).key,
    'a revoked key': revoked.key,
    'a key of another agent': (await agentKey(victim, sibling, AGENT_SCOPES)).key,
    'a key without scopes': await insertKey(victim, []),
  }
  const before = await everythingOf(victim)
  expect(before.rows.messages).toHaveLength(2)

  let asked = 0
  for (const [id, operation] of OPERATIONS) {
    const request = requestOf(operation, victim.ids)
    for (const [who, key] of Object.entries(credentials)) {
      const answer = await send(request, key)
      // Without an id in it, the request of another organization is about that organization.
      const isOwn = key === own.organizationKey && idsOf(operation).length === 0
      if (isOwn) expectSilent(answer, victim.canaries, `${id} with ${who}`)
      else expectDenied(answer, victim.canaries, `${id} with ${who}`)
      asked++
    }
    const scopes = (['chat', 'organization:read'] as const).filter((scope) => scope !== operation.scope)
    const narrow = await send(request, await insertKey(own, scopes))
    expectDenied(narrow, victim.canaries, `${id} with a key of other scopes`)
  }
  expect(asked).toBe(OPERATIONS.length * Object.keys(credentials).length)
  expect(OPERATIONS.length).toBeGreaterThan(15)
  expect(await everythingOf(victim)).toEqual(before)
}, 60_000)

test('an own key with any one id of another organization finds nothing', async () => {
  const [own, victim] = [await createInhabited('CANARY-CHARLIE'), await createInhabited('CANARY-DELTA')]
  const before = [await everythingOf(own), await everythingOf(victim)]
  let replaced = 0
  for (const [id, operation] of OPERATIONS) {
    for (const name of idsOf(operation)) {
      const request = requestOf(operation, { ...own.ids, [name]: victim.ids[name] ?? '' })
      const answer = await send(request, own.organizationKey)
      expectDenied(answer, [...victim.canaries, ...own.canaries], `${id} with a foreign ${name}`)
      expect(answer.status).toBe(404)
      replaced++
    }
    if (operation.query?.shape.cursor) {
      for (const stranger of Object.values(victim.ids)) {
        const { path } = requestOf(operation, own.ids)
        const cursor = Buffer.from(stranger).toString('base64url')
        const answer = await call(worker, 'GET', `${path}?cursor=${cursor}`, { key: own.organizationKey })
        expectSilent(answer, victim.canaries, `${id} with a foreign cursor`)
      }
    }
  }
  expect(replaced).toBeGreaterThan(20)
  expect([await everythingOf(own), await everythingOf(victim)]).toEqual(before)
})

test('with the right key and the right ids every one of these requests is answered', async () => {
  const own = await createInhabited('CANARY-ECHO')
  for (const [id, operation] of OPERATIONS) {
    const answer = await send(requestOf(operation, idsFor(operation.path, own)), own.organizationKey)
    expect(answer.status, `${id}: ${answer.text}`).toBe(operation.status)
  }
})
