import { DurableObject } from 'cloudflare:workers'
import { migrate } from '../lib/migrate.ts'
import { JOURNAL_SCHEMA, UsageJournal } from './journal.ts'
import type { ModelCall } from './model-calls.ts'

/** A lease that nobody settled within this time belongs to an isolate that died. */
export const LEASE_LIFETIME = 150_000

export type Caps = { messages: number; tokens: number }
export type Reservation = {
  leaseId: string
  caps: Caps
  /** The most tokens that the message can cost. */
  tokens: number
  /** What is journalled when nobody settles. */
  call?: ModelCall
}
export type Refusal = {
  admitted: false
  reason: 'MESSAGE_LIMIT_REACHED' | 'TOKEN_LIMIT_REACHED'
  used: number
  resetsAt: number
  version: number
}
export type Admission = { admitted: true; version: number } | Refusal
export type BudgetState = {
  periodStart: number
  resetsAt: number
  messages: { used: number; reserved: number }
  tokens: { used: number; reserved: number }
}

type Used = { messages: number; tokens: number }

/**
 * The budget of one organization. Every message reserves before it costs anything and settles what it really cost;
 * one object decides one after the other, so a cap is never exceeded, however many requests come at once.
 */
export class OrgBudget extends DurableObject<Env> {
  private readonly sql: SqlStorage
  private readonly journal: UsageJournal
  private period: number
  private used: Used
  private readonly reserved: Used
  private version: number
  private alarmAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.sql = ctx.storage.sql
    migrate(ctx.storage, [
      `CREATE TABLE periods (start INTEGER PRIMARY KEY, messages INTEGER NOT NULL, tokens INTEGER NOT NULL)`,
      `CREATE TABLE leases (id TEXT PRIMARY KEY, tokens INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
      `CREATE TABLE config (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)`,
      JOURNAL_SCHEMA,
      `ALTER TABLE leases ADD COLUMN call TEXT`,
    ])
    this.journal = new UsageJournal(this.sql)
    this.period = monthStart(Date.now())
    this.used = this.readUsed(this.period)
    const [reserved] = this.sql
      .exec<Used>('SELECT COUNT(*) AS messages, COALESCE(SUM(tokens), 0) AS tokens FROM leases')
      .toArray()
    this.reserved = reserved ?? { messages: 0, tokens: 0 }
    this.version = this.sql.exec<{ version: number }>('SELECT version FROM config').toArray()[0]?.version ?? 0
  }

  /** Admits one message and holds `tokens` for it, or says which cap is in the way. */
  async reserve({ leaseId, caps, tokens, call }: Reservation): Promise<Admission> {
    const now = Date.now()
    this.turnPeriod(now)
    this.expireLeases(now)
    const refuse = (reason: Refusal['reason'], used: number): Refusal => ({
      admitted: false,
      reason,
      used,
      resetsAt: nextMonth(this.period),
      version: this.version,
    })
    if (this.used.messages + this.reserved.messages + 1 > caps.messages) {
      return refuse('MESSAGE_LIMIT_REACHED', this.used.messages)
    }
    if (this.used.tokens + this.reserved.tokens + tokens > caps.tokens) {
      return refuse('TOKEN_LIMIT_REACHED', this.used.tokens)
    }
    const expiresAt = now + LEASE_LIFETIME
    this.sql.exec(
      'INSERT INTO leases (id, tokens, expires_at, call) VALUES (?, ?, ?, ?)',
      leaseId,
      tokens,
      expiresAt,
      call ? JSON.stringify(call) : null,
    )
    this.reserved.messages++
    this.reserved.tokens += tokens
    await this.wakeAt(expiresAt)
    return { admitted: true, version: this.version }
  }

  /** Replaces a lease by what was really used. A second call for the same lease changes nothing. */
  async settle(leaseId: string, actual: Used, call?: ModelCall): Promise<void> {
    this.turnPeriod(Date.now())
    this.close(leaseId, actual, call)
  }

  async state(): Promise<BudgetState> {
    const now = Date.now()
    this.turnPeriod(now)
    this.expireLeases(now)
    return {
      periodStart: this.period,
      resetsAt: nextMonth(this.period),
      messages: { used: this.used.messages, reserved: this.reserved.messages },
      tokens: { used: this.used.tokens, reserved: this.reserved.tokens },
    }
  }

  /** Tells the newest version of the organization's configuration; every admission passes it on. */
  async announce(version: number): Promise<void> {
    if (version <= this.version) return
    this.version = version
    this.sql.exec('INSERT OR REPLACE INTO config VALUES (1, ?)', version)
  }

  override async alarm(): Promise<void> {
    this.alarmAt = 0
    const now = Date.now()
    this.turnPeriod(now)
    this.expireLeases(now)
    const again = await this.journal.flush(this.env.DB)
    const [next] = this.sql.exec<{ at: number | null }>('SELECT MIN(expires_at) AS at FROM leases').toArray()
    const wake = Math.min(next?.at ?? Infinity, now + again)
    if (wake === Infinity) return
    // Sets it anew: one that was set while the journal was written may be later.
    this.alarmAt = wake
    await this.ctx.storage.setAlarm(wake)
  }

  /** An alarm that is set already comes earlier and sets the next one; so a busy object writes one in 150 seconds. */
  private async wakeAt(time: number): Promise<void> {
    if (this.alarmAt > Date.now()) return
    this.alarmAt = time
    await this.ctx.storage.setAlarm(time)
  }

  /** A lost lease is charged in full: the provider may have been paid for it, and a crash is no free message. */
  private expireLeases(now: number): void {
    const lost = this.sql.exec<{ id: string; tokens: number }>(
      'SELECT id, tokens FROM leases WHERE expires_at <= ?',
      now,
    )
    for (const { id, tokens } of lost.toArray()) this.close(id, { messages: 1, tokens })
  }

  private close(leaseId: string, actual: Used, call?: ModelCall): void {
    const [lease] = this.sql
      .exec<{ tokens: number; call: string | null }>('DELETE FROM leases WHERE id = ? RETURNING tokens, call', leaseId)
      .toArray()
    if (!lease) return
    this.reserved.messages--
    this.reserved.tokens -= lease.tokens
    if (actual.messages === 0 && actual.tokens === 0) return
    this.used.messages += actual.messages
    this.used.tokens += actual.tokens
    const { messages, tokens } = this.used
    this.sql.exec('INSERT OR REPLACE INTO periods VALUES (?, ?, ?)', this.period, messages, tokens)
    // A clock that stepped back must not date a charge into the month before the one that bears it.
    const at = Math.max(Date.now(), this.period)
    this.journal.append({ id: leaseId, at, ...actual }, call ? JSON.stringify(call) : lease.call)
  }

  private turnPeriod(now: number): void {
    const start = monthStart(now)
    // A clock that steps back over the month's end must not open the old month again.
    if (start <= this.period) return
    this.period = start
    this.used = this.readUsed(start)
  }

  private readUsed(start: number): Used {
    const [row] = this.sql.exec<Used>('SELECT messages, tokens FROM periods WHERE start = ?', start).toArray()
    return row ?? { messages: 0, tokens: 0 }
  }
}

/** Budgets count by calendar months, UTC. */
function monthStart(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

function nextMonth(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}
