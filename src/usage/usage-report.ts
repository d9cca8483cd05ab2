import { and, asc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { modelCalls } from '../db/schema/usage.ts'
import { problem } from '../lib/problem.ts'
import type { GroupBy, UsageQuery } from './contract.ts'

const DAY = 86_400_000
/** A report reads every row of its time: this bounds what one request costs. */
const MOST_DAYS = 92
const MOST_GROUPS = 1_000

const KEYS: Record<GroupBy, SQL> = {
  day: sql`date(${modelCalls.at} / 1000, 'unixepoch')`,
  agent: sql`${modelCalls.agentId}`,
  channel: sql`${modelCalls.channel}`,
  model: sql`${modelCalls.model}`,
  key: sql`${modelCalls.keyId}`,
}

const SUMS = {
  calls: sql<number>`count(*)`,
  messages: sql<number>`coalesce(sum(${modelCalls.messages}), 0)`,
  tokens: sql<number>`coalesce(sum(${modelCalls.tokens}), 0)`,
  inputTokens: sql<number>`coalesce(sum(${modelCalls.inputTokens}), 0)`,
  outputTokens: sql<number>`coalesce(sum(${modelCalls.outputTokens}), 0)`,
  failures: sql<number>`coalesce(sum(${modelCalls.status} = 'failed'), 0)`,
  costMicros: sql<number>`coalesce(sum(${modelCalls.costMicros}), 0)`,
  unpricedCalls: sql<number>`coalesce(sum(${modelCalls.costMicros} is null), 0)`,
}

/**
 * What the organization's calls add up to, in total and by day (UTC), agent, channel, model or key. `from` is part of
 * the time, `to` is not. Throws VALIDATION_FAILED for a time that ends before it begins or is longer than 92 days.
 */
export async function reportUsage(tenant: Tenant, query: UsageQuery, periodStart: number) {
  const groupBy = query.groupBy ?? 'day'
  const from = query.from ? Date.parse(query.from) : periodStart
  const to = query.to ? Date.parse(query.to) : Math.max(tenant.now() + 1, from)
  if (to < from) throw problem('VALIDATION_FAILED', { message: 'to: is before from', param: 'to' })
  if (to - from > MOST_DAYS * DAY) {
    throw problem('VALIDATION_FAILED', { message: `from: is more than ${MOST_DAYS} days before to`, param: 'from' })
  }
  const { db, org } = tenant
  const wanted = and(eq(modelCalls.orgId, org.id), gte(modelCalls.at, new Date(from)), lt(modelCalls.at, new Date(to)))
  const key = KEYS[groupBy]
  const [[totals], groups] = await db.batch([
    db.select(SUMS).from(modelCalls).where(wanted),
    db
      .select({ key: sql<string | null>`${key}`, ...SUMS })
      .from(modelCalls)
      .where(wanted)
      .groupBy(key)
      .orderBy(asc(key))
      .limit(MOST_GROUPS + 1),
  ])
  if (!totals) throw new Error('a sum without a row')
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    groupBy,
    totals,
    data: groups.slice(0, MOST_GROUPS),
    isComplete: groups.length <= MOST_GROUPS,
  }
}
