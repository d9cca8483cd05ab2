import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { timestamp } from '../http/schemas.ts'

const provider = z.enum(['openai'])
const params = z.strictObject({ provider })

export const providerKey = z
  .strictObject({
    provider,
    last4: z.string().meta({ description: 'The last four characters; the key itself is never shown again' }),
    updatedAt: timestamp,
  })
  .meta({ id: 'ProviderKey' })

export const vaultContract = {
  listProviderKeys: {
    method: 'get',
    path: '/api/provider-keys',
    tag: 'Provider keys',
    summary: "List the organization's own model provider keys",
    scope: 'organization:read',
    status: 200,
    response: z.strictObject({ data: z.array(providerKey) }),
    errors: [],
  },
  putProviderKey: {
    method: 'put',
    path: '/api/provider-keys/{provider}',
    tag: 'Provider keys',
    summary: 'Add or replace the key of a model provider (bring your own key)',
    description: 'Stored encrypted and never shown again. Used for all chats of an organization with `byok` inference.',
    scope: 'organization:write',
    params,
    body: z.strictObject({
      apiKey: z.string().regex(/^[\x21-\x7e]{8,500}$/, 'expected 8 to 500 visible ASCII characters'),
    }),
    status: 200,
    response: providerKey,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'PLAN_UPGRADE_REQUIRED'],
  },
  deleteProviderKey: {
    method: 'delete',
    path: '/api/provider-keys/{provider}',
    tag: 'Provider keys',
    summary: 'Delete the key of a model provider',
    scope: 'organization:write',
    params,
    status: 204,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
