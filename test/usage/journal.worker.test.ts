/** Whatever D1 loses of the rows that chats write, the budget's alarm makes their sums those of the budget. */
import { applyD1Migrations, type D1Migration, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createDatabase, type Statement } from '../../src/db/client.ts'
import { insertModelCall, type ModelCall } from '../../src/usage/model-calls.ts'

const NOON = Date.UTC(2040, 10, 15, 12)
const caps = { messages: 1_000, tokens: 1_000_000 }

beforeAll(() => applyD1Migrations(env.DB, (env as Env & { TEST_MIGRATIONS: D1Migration[] }).TEST_MIGRATIONS))
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOON }))
afterEach(() => void vi.useRealTimers())

let made = 0
function newOrganization() {
  const orgId = `journal-${made++}`
  return { orgId, budget: env.BUDGET.getByName(`org:${orgId}`), calls: 0 }
}
type Organization = ReturnType<typeof newOrganization>

const callOf = (orgId: string, status: ModelCall['status']): ModelCall => ({
  orgId,
  agentId: 'agt_1',
  channel: 'api',
  keyId: 'key_1',
  requestId: 'req_1',
  conversationId: 'cnv_1',
  model: 'fake',
  status,
  inputTokens: 1,
  outputTokens: 2,
  costMicros: null,
})

/** One message: how much of the end of it comes through to the budget and to D1, and after how long. */
const message = fc.record({
  held: fc.integer({ min: 10, max: 300 }),
  tokens: fc.nat({ max: 300 }),
  settles: fc.constantFrom('once', 'twice', 'never'),
  stores: fc.constantFrom('before', 'after', 'late', 'never'),
  takes: fc.constantFrom(0, 5_000, 149_000, 151_000, 16 * 86_400_000),
})

async function play(organization: Organization, { held, tokens, settles, stores, takes }: Message): Promise<void> {
  const { orgId, budget } = organization
  const id = `lse_${organization.calls++}`
  await budget.reserve({ leaseId: id, caps, tokens: held, call: callOf(orgId, 'lost') })
  vi.setSystemTime(Date.now() + takes)
  const call = callOf(orgId, 'completed')
  const charged = { messages: tokens === 0 ? (0 as const) : (1 as const), tokens }
  const db = createDatabase(env.DB)
  const insert = () => db.batch([insertModelCall(db, call, { id, at: Date.now(), ...charged })] as [Statement])
  if (stores === 'before') await insert()
  if (settles !== 'never') await budget.settle(id, charged, call)
  if (settles === 'twice') await budget.settle(id, charged, call)
  if (stores === 'after') await insert()
  if (stores !== 'late') return
  await runDurableObjectAlarm(budget)
  await insert()
}
type Message = typeof message extends fc.Arbitrary<infer M> ? M : never

const MONTH = `SELECT strftime('%Y-%m', at / 1000, 'unixepoch') AS month, SUM(messages) AS messages, SUM(tokens) AS tokens
  FROM model_calls WHERE org_id = ? GROUP BY month HAVING SUM(messages) + SUM(tokens) > 0 ORDER BY month DESC`

async function expectEqualSums(messages: Message[]): Promise<void> {
  vi.setSystemTime(NOON)
  const organization = newOrganization()
  const { budget, orgId } = organization
  for (const one of messages) await play(organization, one)
  // Leases that nobody settled end, and everything is compared.
  vi.setSystemTime(Date.now() + 160_000)
  await budget.state()
  while (await runDurableObjectAlarm(budget));
  const { results } = await env.DB.prepare(MONTH).bind(orgId).all<{ month: string }>()
  const { periodStart, ...state } = await budget.state()
  const used = { messages: state.messages.used, tokens: state.tokens.used }
  const month = new Date(periodStart).toISOString().slice(0, 7)
  const stored = results.find((row) => row.month === month) ?? { month, messages: 0, tokens: 0 }
  expect(stored).toEqual({ month, ...used })
}

test('the rows of a month add up to what its budget has charged, whatever got lost on the way', async () => {
  await fc.assert(fc.asyncProperty(fc.array(message, { maxLength: 12 }), expectEqualSums), {
    seed: 20_261_124,
    numRuns: 60,
  })
})

test('a busy month is written in steps, one second apart', async () => {
  const { orgId, budget } = newOrganization()
  const chat = async (leaseId: string) => {
    await budget.reserve({ leaseId, caps, tokens: 10, call: callOf(orgId, 'lost') })
    await budget.settle(leaseId, { messages: 1, tokens: 3 }, callOf(orgId, 'completed'))
  }
  await Promise.all(Array.from({ length: 700 }, (_, i) => chat(`lse_${i}`)))
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await runInDurableObject(budget, (_, { storage }) => storage.getAlarm())).toBe(NOON + 1_000)
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  expect(await runDurableObjectAlarm(budget)).toBe(false)
  const { results } = await env.DB.prepare(MONTH).bind(orgId).all()
  expect(results).toEqual([{ month: '2040-11', messages: 700, tokens: 2_100 }])
})

test('what D1 refuses is kept and written with the next alarm', async () => {
  const { orgId, budget } = newOrganization()
  await env.DB.exec('ALTER TABLE model_calls RENAME TO away')
  await budget.reserve({ leaseId: 'lse_1', caps, tokens: 10, call: callOf(orgId, 'lost') })
  await budget.settle('lse_1', { messages: 1, tokens: 7 }, callOf(orgId, 'aborted'))
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  await env.DB.exec('ALTER TABLE away RENAME TO model_calls')
  expect(await runDurableObjectAlarm(budget)).toBe(true)
  const row = await env.DB.prepare('SELECT status, messages, tokens FROM model_calls WHERE org_id = ?')
    .bind(orgId)
    .first()
  expect(row).toEqual({ status: 'aborted', messages: 1, tokens: 7 })
  expect(await runDurableObjectAlarm(budget)).toBe(false)
})
