import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, timestamp } from '../http/schemas.ts'

const meter = z.strictObject({
  used: z.int(),
  reserved: z.int().meta({ description: 'Held by answers that are running' }),
  limit: z.int(),
})

export const GROUPS = ['day', 'agent', 'channel', 'model', 'key'] as const
export type GroupBy = (typeof GROUPS)[number]

const usageQuery = z.strictObject({
  from: z.iso.datetime().optional().meta({ description: 'Begin of the report; the present month unless said' }),
  to: z.iso.datetime().optional().meta({ description: 'Its end, which is not part of it; 92 days later at most' }),
  groupBy: z.enum(GROUPS).optional().meta({ description: '`day` (UTC) unless said' }),
})
export type UsageQuery = z.output<typeof usageQuery>

const sums = {
  calls: z.int().meta({ description: 'Of the model, those that failed and cost nothing too' }),
  messages: z.int().meta({ description: 'As charged by the budget' }),
  tokens: z.int().meta({ description: 'As charged by the budget' }),
  inputTokens: z.int(),
  outputTokens: z.int(),
  failures: z.int(),
  costMicros: z.int().meta({ description: "Millionths of a dollar at the provider's list price" }),
  unpricedCalls: z.int().meta({ description: 'Calls whose price is not known; `costMicros` is without them' }),
}

const report = z
  .strictObject({
    from: timestamp,
    to: timestamp,
    groupBy: z.enum(GROUPS),
    totals: z.strictObject(sums),
    data: z.array(
      z.strictObject({
        key: z.string().nullable().meta({ description: 'The day, the id, the channel or the model' }),
        ...sums,
      }),
    ),
    isComplete: z.boolean().meta({ description: 'False: there are more than the 1,000 groups of this list' }),
  })
  .meta({ id: 'UsageReport' })

export const usageContract = {
  getUsage: {
    method: 'get',
    path: '/api/usage',
    tag: 'Usage',
    summary: 'What the organization has used this month, and its limits',
    description: [
      'With `from`, `to` or `groupBy` also a report of the calls of models in that time. A call that was cut off is in',
      'it after three minutes at most; from then on the sums of a month are those of the budget.',
    ].join('\n'),
    scope: 'organization:read',
    query: usageQuery,
    status: 200,
    response: z
      .strictObject({
        periodStart: timestamp,
        resetsAt: timestamp,
        messages: meter,
        tokens: meter,
        report: report.optional(),
      })
      .meta({ id: 'Usage' }),
    errors: ['VALIDATION_FAILED'],
  },
  getAgentUsage: {
    method: 'get',
    path: '/api/agents/{agentId}/usage',
    tag: 'Usage',
    summary: 'What one agent has answered, by month',
    scope: 'organization:read',
    params: agentParams,
    status: 200,
    response: z
      .strictObject({
        data: z.array(
          z.strictObject({
            month: z.string().meta({ example: '2026-11' }),
            messages: z.int(),
            inputTokens: z.int(),
            outputTokens: z.int(),
            failures: z.int().meta({ description: 'Answers that ended in an error' }),
          }),
        ),
      })
      .meta({ id: 'AgentUsage' }),
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
