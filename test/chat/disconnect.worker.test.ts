/** A client that leaves while it is still being admitted: no moment of a request may lose the end of it. */
import { applyD1Migrations, createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { newKeyRow } from '../../src/access/keys.ts'
import { SCOPES } from '../../src/context.ts'
import worker from '../../src/index.ts'
import { readKeyring } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'

beforeAll(() => applyD1Migrations(env.DB, (env as unknown as { TEST_MIGRATIONS: D1Migration[] }).TEST_MIGRATIONS))
type D1Migration = Parameters<typeof applyD1Migrations>[1][number]

type More = { signal?: AbortSignal; headers?: Record<string, string> }

let asked = 0

function ask(key: string, path: string, body: unknown, { signal, headers }: More = {}) {
  const request = new Request(`https://test.example${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      // An address of its own for each, or the limit of addresses would answer in place of the chat.
      'cf-connecting-ip': `198.51.100.${asked++ % 250}`,
      ...headers,
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  const ctx = createExecutionContext()
  return { response: worker.fetch(request as Parameters<typeof worker.fetch>[0], env, ctx), ctx }
}

async function createAgent() {
  const orgId = newId('org')
  const { row, key } = await newKeyRow(
    { keyring: readKeyring(env), org: { id: orgId } },
    { name: 'Test', environment: 'live', scopes: [...SCOPES], agentId: null, createdAt: new Date() },
  )
  await env.DB.batch([
    env.DB.prepare("INSERT INTO organizations VALUES (?, 'Test', 'pro', 'hosted', '{}', 1, 0)").bind(orgId),
    env.DB.prepare(
      `INSERT INTO keys (org_id, id, environment, name, scopes, prefix, last4, hash, sealed, created_at)
       VALUES (?, ?, 'live', 'Test', ?, ?, ?, ?, ?, 0)`,
    ).bind(orgId, row.id, JSON.stringify(row.scopes), row.prefix, row.last4, row.hash, row.sealed),
  ])
  const made = await ask(key, '/api/agents', { name: 'Helper' }).response
  expect(made.status).toBe(201)
  const agent: { id: string } = await made.json()
  return { orgId, key, chatPath: `/api/agents/${agent.id}/chat` }
}

for (const [name, headers] of [
  ['a client', {}],
  ['a client who may come back with the same idempotency key', { 'idempotency-key': 'leaving' }],
] as const) {
  test(`whenever ${name} leaves before the answer begins, nothing is held afterwards`, async () => {
    const body = { stream: true, messages: [{ role: 'user', content: 'Why?' }] }
    for (let turns = 0; turns <= 60; turns += 3) {
      const { orgId, key, chatPath } = await createAgent()
      const client = new AbortController()
      const { response, ctx } = ask(key, chatPath, body, { headers, signal: client.signal })
      // Turns of the event loop are the steps in which a request is admitted.
      for (let turn = 0; turn < turns; turn++) await scheduler.wait(0)
      client.abort()
      await response.catch(() => undefined)
      await Promise.race([waitOnExecutionContext(ctx), scheduler.wait(2_000)])
      const { messages, tokens } = await env.BUDGET.getByName(`org:${orgId}`).state()
      expect([messages.reserved, tokens.reserved], `after ${turns} turns`).toEqual([0, 0])
    }
  })
}
