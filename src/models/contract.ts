import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { timestamp } from '../http/schemas.ts'

const provider = z.enum(['openai'])
const params = z.strictObject({ provider })

const test = {
  ok: z.boolean(),
  code: z
    .enum(['OK', 'PROVIDER_KEY_INVALID', 'PROVIDER_OVERLOADED', 'PROVIDER_TIMEOUT', 'PROVIDER_ERROR'])
    .meta({ description: 'What a chat with this key would be refused with' }),
  message: z.string(),
  at: timestamp,
}

export const providerKey = z
  .strictObject({
    provider,
    last4: z.string().meta({ description: 'The last four characters; the key itself is never shown again' }),
    updatedAt: timestamp,
    lastTest: z.strictObject(test).nullable(),
  })
  .meta({ id: 'ProviderKey' })
export const providerKeyTest = z
  .strictObject({ ...test, ms: z.int().min(0).meta({ description: 'How long the provider took' }) })
  .meta({ id: 'ProviderKeyTest' })

export const modelsContract = {
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
    description:
      'Stored encrypted, never shown again, and tried at once: `lastTest` says how that went. A key that fails is kept ' +
      'all the same. Used for all chats of an organization with `byok` inference.',
    scope: 'organization:write',
    params,
    body: z.strictObject({
      apiKey: z.string().regex(/^[\x21-\x7e]{8,500}$/, 'expected 8 to 500 visible ASCII characters'),
    }),
    status: 200,
    response: providerKey,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'PLAN_UPGRADE_REQUIRED'],
  },
  testProviderKey: {
    method: 'post',
    path: '/api/provider-keys/{provider}/test',
    tag: 'Provider keys',
    summary: 'Try the stored key with its provider',
    description: 'Asks the provider for a few tokens, ten seconds at most. Answers 200 also when the key is refused.',
    scope: 'organization:write',
    params,
    status: 200,
    response: providerKeyTest,
    errors: ['NOT_FOUND'],
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
