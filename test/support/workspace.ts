import { newKeyRow } from '../../src/access/keys.ts'
import { SCOPES } from '../../src/context.ts'
import { readKeyring } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'
import { SECRETS, type TestWorker } from './worker.ts'

export type WorkspaceOptions = {
  plan?: string
  inference?: 'hosted' | 'byok'
  limits?: { messages?: number; tokens?: number }
  agent?: Record<string, unknown>
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies that they then assert on
export type Json = any
/** An answer of the API with its body read. */
export type Answer = { status: number; headers: Headers; body: Json; text: string }

export async function call(
  worker: Pick<TestWorker, 'baseUrl'>,
  method: string,
  path: string,
  options: { key?: string | undefined; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(worker.baseUrl + path, {
    method,
    headers: {
      ...(options.key ? { authorization: `Bearer ${options.key}` } : {}),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  })
  const text = await response.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  return { status: response.status, headers: response.headers, body, text }
}

/** A new organization of its own with an agent and its connection key: no test shares rows with another. */
export async function createWorkspace(worker: TestWorker, options: WorkspaceOptions = {}) {
  const orgId = newId('org')
  const { plan = 'pro', inference = 'hosted', limits = {} } = options
  const { row, key: organizationKey } = await newKeyRow(
    { keyring: readKeyring(SECRETS), org: { id: orgId } },
    { name: 'Test', environment: 'live', scopes: [...SCOPES], agentId: null, createdAt: new Date() },
  )
  const { DB } = worker.env
  await DB.batch([
    DB.prepare('INSERT INTO organizations VALUES (?, ?, ?, ?, ?, 1, ?)').bind(
      orgId,
      `Organization ${orgId.slice(-6)}`,
      plan,
      inference,
      JSON.stringify(limits),
      Date.now(),
    ),
    DB.prepare(
      `INSERT INTO keys (org_id, id, environment, name, scopes, prefix, last4, hash, sealed, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).bind(
      row.orgId,
      row.id,
      row.environment,
      row.name,
      JSON.stringify(row.scopes),
      row.prefix,
      row.last4,
      row.hash,
      row.sealed,
      row.createdAt.getTime(),
    ),
  ])
  const asOrganization = (method: string, path: string, body?: unknown) =>
    call(worker, method, path, { key: organizationKey, body })
  const agent = await expectStatus(201, asOrganization('POST', '/api/agents', { name: 'Helper', ...options.agent }))
  const agentId: string = agent.body.id
  const created = await expectStatus(201, asOrganization('POST', `/api/agents/${agentId}/keys`, { name: 'Site' }))
  const apiKey: string = created.body.key
  const keyId: string = created.body.id
  const chatPath = `/api/agents/${agentId}/chat`

  return {
    orgId,
    organizationKey,
    agentId,
    apiKey,
    keyId,
    chatPath,
    asOrganization,
    addDocument: async (title: string, content: string, more: Record<string, unknown> = {}) => {
      const path = `/api/agents/${agentId}/knowledge/documents`
      return (await expectStatus(201, asOrganization('POST', path, { title, content, ...more }))).body
    },
    /** One question; more members of the body and headers as given. */
    ask: (question: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
      call(worker, 'POST', chatPath, {
        key: apiKey,
        body: { messages: [{ role: 'user', content: question }], ...body },
        headers,
      }),
  }
}

export type Workspace = Awaited<ReturnType<typeof createWorkspace>>

async function expectStatus(status: number, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer
  if (given.status !== status) throw new Error(`expected ${status}, got ${given.status}: ${given.text}`)
  return given
}

/** The frames of an NDJSON body; throws on a line that is no JSON. */
export function framesOf(text: string): Json[] {
  if (!text.endsWith('\n')) throw new Error('the body does not end with a line end')
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line))
}
