import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { name } from '../http/schemas.ts'

export const organization = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    plan: z.strictObject({ id: z.string(), name: z.string(), features: z.array(z.string()) }),
    inference: z
      .enum(['hosted', 'byok'])
      .meta({ description: 'Who pays the model: us, or the organization by its key' }),
    limits: z.strictObject({
      messagesPerMonth: z.int(),
      tokensPerMonth: z.int(),
      agents: z.int(),
      documentsPerAgent: z.int(),
    }),
  })
  .meta({ id: 'Organization' })

export const organizationsContract = {
  getOrganization: {
    method: 'get',
    path: '/api/organization',
    tag: 'Organization',
    summary: 'The organization of this key, its plan and its limits',
    scope: 'organization:read',
    status: 200,
    response: organization,
    errors: [],
  },
  updateOrganization: {
    method: 'patch',
    path: '/api/organization',
    tag: 'Organization',
    summary: 'Rename the organization',
    scope: 'organization:write',
    body: z.strictObject({ name }),
    status: 200,
    response: organization,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON'],
  },
} as const satisfies Contract
