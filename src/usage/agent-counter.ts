import { DurableObject } from 'cloudflare:workers'
import { migrate } from '../lib/migrate.ts'

export type Counts = { messages: number; inputTokens: number; outputTokens: number; failures: number }
export type MonthCounts = Counts & { month: string }

const SCHEMA = [
  `CREATE TABLE counts (
     month TEXT PRIMARY KEY, messages INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL, failures INTEGER NOT NULL
   ) WITHOUT ROWID`,
]

/** Counts what one agent has answered, by month (`2026-11`, UTC). A statistic: the gate is the organization's budget. */
export class AgentCounter extends DurableObject<Env> {
  private readonly sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.sql = ctx.storage.sql
    migrate(ctx.storage, SCHEMA)
  }

  async add(counts: Counts): Promise<void> {
    this.sql.exec(
      `INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT (month) DO UPDATE SET
         messages = messages + excluded.messages, input_tokens = input_tokens + excluded.input_tokens,
         output_tokens = output_tokens + excluded.output_tokens, failures = failures + excluded.failures`,
      new Date(Date.now()).toISOString().slice(0, 7),
      counts.messages,
      counts.inputTokens,
      counts.outputTokens,
      counts.failures,
    )
  }

  /** The last twelve months that have counts, newest first. */
  async months(): Promise<MonthCounts[]> {
    return this.sql
      .exec<MonthCounts>(
        `SELECT month, messages, input_tokens AS inputTokens, output_tokens AS outputTokens, failures
         FROM counts ORDER BY month DESC LIMIT 12`,
      )
      .toArray()
  }

  async erase(): Promise<void> {
    await this.ctx.storage.deleteAll()
    // An answer that was still running counts after this.
    migrate(this.ctx.storage, SCHEMA)
  }
}
