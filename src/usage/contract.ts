import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, timestamp } from '../http/schemas.ts'

const meter = z.strictObject({
  used: z.int(),
  reserved: z.int().meta({ description: 'Held by answers that are running' }),
  limit: z.int(),
})

export const usageContract = {
  getUsage: {
    method: 'get',
    path: '/api/usage',
    tag: 'Usage',
    summary: 'What the organization has used this month, and its limits',
    scope: 'organization:read',
    status: 200,
    response: z
      .strictObject({ periodStart: timestamp, resetsAt: timestamp, messages: meter, tokens: meter })
      .meta({ id: 'Usage' }),
    errors: [],
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
