import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GENESIS } from '../../src/events/chain.ts'
import { sha256Hex } from '../../src/lib/crypto.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const verify = async (space: Workspace): Promise<Json> =>
  (await space.asOrganization('GET', '/api/audit/verification')).body
const listed = async (space: Workspace): Promise<Json[]> =>
  (await space.asOrganization('GET', '/api/audit?limit=100')).body.data

test('of 20 changes at the same moment each is one link of one chain, and what is refused is none', async () => {
  const space = await createWorkspace(worker, { plan: 'business' })
  const before = (await listed(space)).length
  const made = Array.from({ length: 20 }, (_, i) => space.asOrganization('POST', '/api/agents', { name: `Agent ${i}` }))
  // More keys than an agent may have: their batches are undone, entry and all.
  const path = `/api/agents/${space.agentId}/keys`
  const keys = Array.from({ length: 15 }, (_, i) => space.asOrganization('POST', path, { name: `Key ${i}` }))
  const looks = Array.from({ length: 5 }, () => verify(space))
  const answers = await Promise.all([...made, ...keys])
  const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string)
  expect(ids.length).toBeLessThan(35)
  for (const seen of await Promise.all(looks)) expect(seen.faults).toEqual([])
  const total = before + ids.length
  const entries = (await listed(space)).toSorted((a, b) => a.seq - b.seq)
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1))
  const targets = entries.slice(before).map(({ target }) => target as string)
  expect(new Set(targets)).toEqual(new Set(ids))
  expect(await verify(space)).toMatchObject({ isIntact: true, entries: total, sealed: total, waiting: 0 })
})

test('an export holds every entry, itself too, and whoever has it can check the chain', async () => {
  const space = await createWorkspace(worker)
  const { text, headers } = await space.asOrganization('GET', '/api/audit/export')
  expect(headers.get('content-type')).toContain('application/x-ndjson')
  const lines = framesOf(text)
  const entries = lines.slice(0, -1)
  expect(lines.at(-1)).toEqual({ type: 'end', entries: entries.length })
  expect(entries.at(-1)).toMatchObject({ action: 'audit.exported', actorType: 'key', target: space.orgId })
  let prevHash = GENESIS
  for (const entry of entries) {
    const { organizationId, seq, id, actorType, actorId, action, target, requestId, createdAt, details } = entry
    const at = Date.parse(createdAt)
    const content = [organizationId, seq, id, actorType, actorId, action, target, requestId, at, details]
    expect(entry.prevHash).toBe(prevHash)
    expect(entry.hash).toBe(await sha256Hex(`${prevHash}\n${JSON.stringify(content)}`))
    prevHash = entry.hash
  }
  expect((await verify(space)).hash).toBe(prevHash)
})

test('the tool checks an export that the service cannot touch any more', async () => {
  const space = await createWorkspace(worker)
  const { hash } = await verify(space)
  const { text } = await space.asOrganization('GET', '/api/audit/export')
  const folder = mkdtempSync(join(tmpdir(), 'flexyagents-audit-'))
  const check = (content: string, ...more: string[]) => {
    const file = join(folder, 'audit.ndjson')
    writeFileSync(file, content)
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli/verify-audit.ts'), file, ...more],
      { encoding: 'utf8' },
    )
    return `${status} ${stdout}${stderr}`
  }
  const lines = text.split('\n')
  expect(check(text, '--contains', hash)).toMatch(/^0 ✓ 3 entries, complete and unchanged/)
  expect(check(text, '--contains', '0'.repeat(64))).toMatch(/^1 ✗ the log does not contain that hash/)
  expect(check(text.replace('agent.created', 'agent.deleted'))).toMatch(/^1 ✗ entry 1 \(aud_\w+\): changed/)
  expect(check(lines.toSpliced(1, 1).join('\n'))).toMatch(/^1 ✗ entry 2: missing/)
  expect(check(lines.slice(0, 2).join('\n'))).toMatch(/^1 ✗ the file was cut/)
  rmSync(folder, { recursive: true })
})

test('entries from before the chain are numbered by its migration, each organization from one', () => {
  const folder = join(import.meta.dirname, '../../migrations')
  const files = readdirSync(folder).toSorted()
  const ledger = files.findIndex((file) => file.endsWith('_ledger.sql'))
  const db = new DatabaseSync(':memory:')
  const apply = (some: string[]) => some.forEach((file) => db.exec(readFileSync(join(folder, file), 'utf8')))
  apply(files.slice(0, ledger))
  for (const [org, id] of [
    ['b', 'aud_3'],
    ['a', 'aud_2'],
    ['a', 'aud_1'],
    ['b', 'aud_4'],
  ] as const) {
    db.prepare(`INSERT INTO audit_log VALUES (?, ?, 'key', 'k', 'x', 'y', 'r', 1)`).run(org, id)
  }
  apply(files.slice(ledger))
  const rows = db.prepare('SELECT org_id, id, seq FROM audit_log ORDER BY org_id, seq').all()
  expect(rows.map((row) => Object.values(row))).toEqual([
    ['a', 'aud_1', 1],
    ['a', 'aud_2', 2],
    ['b', 'aud_3', 1],
    ['b', 'aud_4', 2],
  ])
})

/** What somebody could do who can write D1, and what is found of it; `?` is the organization. */
const TAMPERED: [what: string, kinds: string[], ...statements: string[]][] = [
  ['changes an action', ['changed'], `UPDATE audit_log SET action = 'agent.kissed' WHERE org_id = ?1 AND seq = 3`],
  ['changes a time', ['changed'], `UPDATE audit_log SET created_at = created_at - 1 WHERE org_id = ?1 AND seq = 1`],
  ['deletes in the middle', ['missing', 'detached'], `DELETE FROM audit_log WHERE org_id = ?1 AND seq = 3`],
  ['deletes the first', ['missing', 'detached'], `DELETE FROM audit_log WHERE org_id = ?1 AND seq = 1`],
  ['deletes the last', ['head'], `DELETE FROM audit_log WHERE org_id = ?1 AND seq = 5`],
  ['deletes all', ['head'], `DELETE FROM audit_log WHERE org_id = ?1`],
  [
    'swaps two',
    ['changed', 'changed', 'detached'],
    `UPDATE audit_log SET seq = 99 WHERE org_id = ?1 AND seq = 2`,
    `UPDATE audit_log SET seq = 2 WHERE org_id = ?1 AND seq = 3`,
    `UPDATE audit_log SET seq = 3 WHERE org_id = ?1 AND seq = 99`,
  ],
  ['takes a seal away', ['unsealed', 'detached'], `UPDATE audit_log SET hash = NULL WHERE org_id = ?1 AND seq = 2`],
  ['moves the head back', ['head'], `UPDATE audit_heads SET seq = 2, hash = 'x' WHERE org_id = ?1`],
  [
    'deletes the last and moves the head',
    ['head'],
    `DELETE FROM audit_log WHERE org_id = ?1 AND seq = 5`,
    `UPDATE audit_heads SET seq = 4, hash = (SELECT hash FROM audit_log WHERE org_id = ?1 AND seq = 4) WHERE org_id = ?1`,
  ],
  [
    'adds one that is no number',
    ['unsealed'],
    `INSERT INTO audit_log (org_id, id, actor_type, actor_id, action, target, request_id, created_at)
     VALUES (?1, 'aud_x', 'key', 'x', 'x', 'x', 'x', 1)`,
  ],
]

for (const [what, kinds, ...statements] of TAMPERED) {
  test(`who ${what} is found out`, async () => {
    const space = await createWorkspace(worker)
    for (const name of ['a', 'b', 'c'])
      await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name })
    expect(await verify(space)).toMatchObject({ isIntact: true, entries: 5, sealed: 5 })
    const { DB } = worker.env
    await DB.batch(statements.map((statement) => DB.prepare(statement).bind(space.orgId)))
    const found = await verify(space)
    expect(found.isIntact).toBe(false)
    expect(found.faults.map(({ kind }: Json) => kind)).toEqual(kinds)
    // Nothing that happens later covers it.
    await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'later' })
    expect((await verify(space)).isIntact).toBe(false)
  })
}

test('the list is filtered, and whoever may not read it is refused', async () => {
  const space = await createWorkspace(worker)
  const { data } = (await space.asOrganization('GET', '/api/audit?action=agent')).body
  expect(data.map(({ action, target }: Json) => [action, target])).toEqual([['agent.created', space.agentId]])
  const refused = await space.ask('Why?').then(() => fetch(`${worker.baseUrl}/api/audit`))
  expect(refused.status).toBe(401)
})
