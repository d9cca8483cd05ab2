import type { KeyScope, Role, Scope } from '../../src/context.ts'
import { newKeyRow } from '../../src/access/keys.ts'
import { readKeyring } from '../../src/lib/crypto.ts'
import { rowsOf } from './database.ts'
import type { Ids, OperationRequest } from './operations.ts'
import { addPerson, addSession, browse } from './people.ts'
import { endOfSync } from './sources.ts'
import { SECRETS, type TestWorker } from './worker.ts'
import { type Answer, call, createWorkspace, type Workspace } from './workspace.ts'

/** What a request proves itself by: a key, or the session of one of our own pages. */
export type Credential = { key: string } | { session: string } | 'nothing'

/** An organization in which everything that has an id is there once, all of it with the canary in its texts. */
export async function createInhabited(worker: TestWorker, canary: string, role: Role = 'owner') {
  const instructions = `Instructions ${canary}`
  const space = await createWorkspace(worker, { agent: { name: `Agent ${canary}`, behavior: { instructions } } })
  const { agentId, keyId, orgId } = space
  await worker.env.DB.prepare('UPDATE organizations SET name = ? WHERE id = ?').bind(canary, orgId).run()
  const document = await space.addDocument(`Title ${canary}`, `The secret word is ${canary}.`)
  const { conversationId } = (await space.ask(`What is the secret word, ${canary}?`)).body
  await space.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: `sk-${canary}` })
  const sources = await addSources(space, canary)
  await space.asOrganization('PATCH', `/api/agents/${agentId}/draft`, { greeting: `Greeting ${canary}` })

  const person = await addPerson(worker, orgId, role, { name: `Person ${canary}` })
  const colleague = await addPerson(worker, orgId, 'builder', { email: `${canary.toLowerCase()}@example.com` })
  await addPerson(worker, orgId, 'owner')
  const other = await addSession(worker, orgId, person.userId)
  const guest = { email: `guest-${canary.toLowerCase()}@example.com`, role: 'viewer' }
  const invitation = (await space.asOrganization('POST', '/api/invitations', guest)).body

  const ids: Ids = {
    agentId,
    keyId,
    conversationId,
    documentId: document.id,
    userId: colleague.userId,
    invitationId: invitation.id,
    sessionId: other.sessionId,
    organizationId: orgId,
    sourceId: sources.pairs,
  }
  const canaries = [canary, canary.toLowerCase(), canary.slice(-4), person.email, ...Object.values(ids)]
  return { ...space, ids, sources, canaries, person, session: person.token }
}

export type Inhabited = Awaited<ReturnType<typeof createInhabited>>

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

/** The ids of a request to this path: some operations are for sources of one kind only. */
export function idsFor(path: string, { ids, sources }: Inhabited): Ids {
  const kind = path.endsWith('/file') ? 'file' : /\/(?:sync|cancel)$/.test(path) ? 'page' : 'pairs'
  return { ...ids, sourceId: sources[kind] }
}

/** A key of the whole organization, straight into the database: the API makes only those of agents. */
export async function insertKey(worker: TestWorker, space: Workspace, scopes: readonly KeyScope[]): Promise<string> {
  const owner = { keyring: readKeyring(SECRETS), org: { id: space.orgId } }
  const input = { name: 'Inserted', environment: 'live', agentId: null, scopes: [...scopes] } as const
  const { row, key } = await newKeyRow(owner, { ...input, scopes: [...scopes], createdAt: new Date() })
  const { orgId, id, environment, name, prefix, last4, hash, sealed } = row
  await worker.env.DB.prepare(
    `INSERT INTO keys (org_id, id, environment, name, scopes, prefix, last4, hash, sealed, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
    .bind(orgId, id, environment, name, JSON.stringify(scopes), prefix, last4, hash, sealed, Date.now())
    .run()
  return key
}

export async function agentKey(space: Workspace, agentId: string, scopes: readonly Scope[]) {
  return (await space.asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'Key', scopes })).body
}

/** All that the organization has, in the database and in its objects. */
export async function everythingOf(worker: TestWorker, space: Workspace) {
  const paths = [
    '/api/usage',
    `/api/agents/${space.agentId}/usage`,
    `/api/agents/${space.agentId}/knowledge/documents`,
    `/api/agents/${space.agentId}/knowledge/sources`,
  ]
  const bodies = await Promise.all(paths.map(async (path) => (await space.asOrganization('GET', path)).body))
  return { rows: await rowsOf(worker, space.orgId), bodies }
}

export function send(worker: TestWorker, request: OperationRequest, credential: Credential): Promise<Answer> {
  const { method, path, body } = request
  if (credential !== 'nothing' && 'session' in credential) return browse(worker, credential.session, method, path, body)
  return call(worker, method, path, { key: credential === 'nothing' ? undefined : credential.key, body })
}
