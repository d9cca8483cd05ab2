import * as z from 'zod'
import { AGENT_SCOPES, SCOPES } from '../context.ts'
import type { Contract } from '../http/contract.ts'
import { agentParams, idParam, name, page, pageQuery, timestamp } from '../http/schemas.ts'

const environment = z.enum(['live', 'test']).meta({ description: 'Live and test keys see different conversations' })

const keyFields = {
  id: z.string(),
  agentId: z.string().nullable(),
  name: z.string(),
  environment,
  scopes: z.array(z.enum(SCOPES)),
  prefix: z.string().meta({ example: 'fxa_test_Q7mZ0aB3cD4e' }),
  last4: z.string(),
  replacedBy: z.string().nullable().meta({ description: 'Id of the key that rotation made' }),
  createdAt: timestamp,
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable().meta({ description: 'To within five minutes' }),
}
export const key = z.strictObject(keyFields).meta({ id: 'Key' })
export const newKey = z
  .strictObject({ ...keyFields, key: z.string().meta({ description: 'The key itself: shown here and never again' }) })
  .meta({ id: 'NewKey' })

const keyParams = z.strictObject({ ...agentParams.shape, keyId: idParam('key', 'key_01k9x8') })

export const accessContract = {
  createKey: {
    method: 'post',
    path: '/api/agents/{agentId}/keys',
    tag: 'Keys',
    summary: 'Create a connection key of an agent',
    scope: 'keys:write',
    params: agentParams,
    body: z.strictObject({
      name,
      environment: environment.default('live'),
      scopes: z.array(z.enum(AGENT_SCOPES)).min(1).max(AGENT_SCOPES.length).default(['chat']),
      expiresAt: timestamp.optional(),
    }),
    status: 201,
    response: newKey,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'CONFLICT'],
  },
  listKeys: {
    method: 'get',
    path: '/api/agents/{agentId}/keys',
    tag: 'Keys',
    summary: 'List the keys of an agent, newest first',
    scope: 'keys:read',
    params: agentParams,
    query: pageQuery,
    status: 200,
    response: page(key),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR', 'NOT_FOUND'],
  },
  rotateKey: {
    method: 'post',
    path: '/api/agents/{agentId}/keys/{keyId}/rotate',
    tag: 'Keys',
    summary: 'Replace a key; the old one works on for a grace period',
    scope: 'keys:write',
    params: keyParams,
    body: z.strictObject({
      graceSeconds: z.int().min(0).max(604_800).default(86_400).meta({ description: 'At most 7 days' }),
    }),
    status: 201,
    response: newKey,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'CONFLICT'],
  },
  revokeKey: {
    method: 'delete',
    path: '/api/agents/{agentId}/keys/{keyId}',
    tag: 'Keys',
    summary: 'Revoke a key at once',
    scope: 'keys:write',
    params: keyParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
