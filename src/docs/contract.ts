import * as z from 'zod'
import type { Contract } from '../http/contract.ts'

export const docsContract = {
  getHealth: {
    method: 'get',
    path: '/health',
    tag: 'Service',
    summary: 'Whether the Worker answers',
    scope: null,
    status: 200,
    response: z.strictObject({ status: z.literal('ok') }),
    errors: [],
  },
  getOpenApi: {
    method: 'get',
    path: '/openapi.json',
    tag: 'Service',
    summary: 'This description of the API',
    scope: null,
    status: 200,
    response: z.looseObject({ openapi: z.string() }).meta({ description: 'An OpenAPI 3.1 document' }),
    errors: [],
  },
} as const satisfies Contract
