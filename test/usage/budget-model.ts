/** What an organization's budget should do, in its shortest form, and the steps that compare it with the object. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import fc from 'fast-check'
import { expect, vi } from 'vitest'
import type { BudgetState, OrgBudget } from '../../src/usage/org-budget.ts'

export type Stub = DurableObjectStub<OrgBudget>
type Used = { messages: number; tokens: number }

export const CAPS = { messages: 12, tokens: 1_000 }
const LEASE_LIFETIME = 150_000

export class Model {
  used: Used = { messages: 0, tokens: 0 }
  leases = new Map<string, { tokens: number; expiresAt: number }>()
  made = 0
  now: number
  month: number

  constructor(now: number) {
    this.now = now
    this.month = monthOf(now)
  }

  get reserved(): Used {
    const leases = [...this.leases.values()]
    return { messages: leases.length, tokens: leases.reduce((sum, { tokens }) => sum + tokens, 0) }
  }

  turn(): void {
    if (monthOf(this.now) === this.month) return
    this.month = monthOf(this.now)
    this.used = { messages: 0, tokens: 0 }
  }

  expire(): void {
    for (const [id, { tokens, expiresAt }] of this.leases) {
      if (expiresAt <= this.now) this.close(id, { messages: 1, tokens })
    }
  }

  refusal(tokens: number): string | undefined {
    const { used, reserved } = this
    if (used.messages + reserved.messages + 1 > CAPS.messages) return 'MESSAGE_LIMIT_REACHED'
    return used.tokens + reserved.tokens + tokens > CAPS.tokens ? 'TOKEN_LIMIT_REACHED' : undefined
  }

  close(id: string, { messages, tokens }: Used): void {
    if (!this.leases.delete(id)) return
    this.used = { messages: this.used.messages + messages, tokens: this.used.tokens + tokens }
  }
}

function monthOf(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

type Step = fc.AsyncCommand<Model, Stub>

function step(name: string, run: (model: Model, stub: Stub) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, stub) => {
      await run(model, stub)
      await compareStored(model, stub)
    },
  }
}

/** What is stored is the truth, also when nobody has asked for the state. */
async function compareStored(model: Model, stub: Stub): Promise<void> {
  const stored = await runInDurableObject(stub, (_, { storage: { sql } }) => {
    const [used] = sql.exec<Used>('SELECT messages, tokens FROM periods WHERE start = ?', model.month).toArray()
    const reserved = sql.exec<Used>('SELECT COUNT(*) AS messages, IFNULL(SUM(tokens), 0) AS tokens FROM leases').one()
    return { used: used ?? { messages: 0, tokens: 0 }, reserved }
  })
  expect(stored).toEqual({ used: model.used, reserved: model.reserved })
  expect(stored.used.messages + stored.reserved.messages).toBeLessThanOrEqual(CAPS.messages)
  expect(stored.used.tokens + stored.reserved.tokens).toBeLessThanOrEqual(CAPS.tokens)
}

const reserve = (tokens: number) =>
  step(`reserve ${tokens}`, async (model, stub) => {
    const leaseId = `lease-${model.made++}`
    const admission = await stub.reserve({ leaseId, caps: CAPS, tokens })
    model.turn()
    model.expire()
    const refusal = model.refusal(tokens)
    expect(admission.admitted ? undefined : admission.reason).toBe(refusal)
    if (!refusal) model.leases.set(leaseId, { tokens, expiresAt: model.now + LEASE_LIFETIME })
  })

/** Any lease that ever was, so also one that is settled, expired or was never admitted. */
const settle = (which: number, share: number, messages: 0 | 1) =>
  step(`settle ${which} ${share} ${messages}`, async (model, stub) => {
    const leaseId = `lease-${which % Math.max(1, model.made)}`
    const held = model.leases.get(leaseId)?.tokens ?? CAPS.tokens
    const actual = { messages, tokens: Math.floor(held * share) }
    await stub.settle(leaseId, actual)
    model.turn()
    model.close(leaseId, actual)
  })

const look = () =>
  step('look', async (model, stub) => {
    const state: BudgetState = await stub.state()
    model.turn()
    model.expire()
    const { used, reserved } = model
    expect(state).toMatchObject({
      periodStart: monthOf(model.now),
      messages: { used: used.messages, reserved: reserved.messages },
      tokens: { used: used.tokens, reserved: reserved.tokens },
    })
  })

const wait = (ms: number) =>
  step(`wait ${ms}`, async (model) => {
    model.now += ms
    vi.setSystemTime(model.now)
  })

const ring = () =>
  step('alarm', async (model, stub) => {
    if (!(await runDurableObjectAlarm(stub))) return
    model.turn()
    model.expire()
  })

const evict = () =>
  step('evict', async (_, stub) => {
    // Only an object that runs can be evicted.
    await runInDurableObject(stub, () => undefined)
    await evictDurableObject(stub)
  })

export const steps = fc.commands(
  [
    fc.nat({ max: 400 }).map(reserve),
    fc.nat({ max: 100 }).map(reserve),
    fc
      .tuple(fc.nat(), fc.constantFrom(0, 0.3, 1), fc.constantFrom(0 as const, 1 as const))
      .map((args) => settle(...args)),
    fc.constantFrom(1_000, 60_000, 149_999, 150_000, 20 * 86_400_000).map(wait),
    fc.constant(look()),
    fc.constant(ring()),
    fc.constant(evict()),
  ],
  { maxCommands: 50 },
)
