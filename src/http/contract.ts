import type * as z from 'zod'
import type { Scope } from '../context.ts'
import type { ProblemCode } from '../lib/problem.ts'

/** One operation of the API as pure data: the router, openapi.json, the tests and the docs are made from it. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As in OpenAPI: `/api/agents/{agentId}`. */
  path: `/${string}`
  tag: string
  summary: string
  description?: string
  /** What the key must be allowed to do; null makes the operation public. */
  scope: Scope | null
  params?: z.ZodObject
  query?: z.ZodObject
  /** `'bytes'`: the body is a file of any type, as it is. */
  body?: z.ZodType | 'bytes'
  /** Bytes of the body at most; 64 KB unless said. */
  maxBodyBytes?: number
  status: 200 | 201 | 204
  response?: z.ZodType
  /** Of a body that is a file and no JSON; the handler makes the response. */
  produces?: string
  /** Refusals of this operation beside those that every operation can give. */
  errors: readonly ProblemCode[]
}

/** The operations of a room by their id, which is the operationId of openapi.json. */
export type Contract = Record<string, Operation>

export const DEFAULT_MAX_BODY_BYTES = 64 * 1024

/** What every operation with a key can answer besides its own errors. */
export const COMMON_ERRORS = [
  'MISSING_API_KEY',
  'INVALID_API_KEY',
  'EXPIRED_API_KEY',
  'SESSION_REQUIRED',
  'INSUFFICIENT_SCOPE',
  'ORIGIN_NOT_ALLOWED',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
] as const satisfies readonly ProblemCode[]
