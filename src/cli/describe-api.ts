import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { contracts } from '../contracts.ts'
import { COMMON_ERRORS, type Operation } from '../http/contract.ts'
import { errorEnvelope } from '../http/errors.ts'
import { PROBLEMS, type ProblemCode } from '../lib/problem.ts'

const LIMIT_HEADERS = {
  ratelimit: {
    description: 'Name, requests left (r) and seconds to the reset (t) of the tightest limit',
    schema: { type: 'string' },
  },
  'ratelimit-policy': {
    description: 'The limits: requests (q) in a window of seconds (w)',
    schema: { type: 'string' },
  },
} as const
const REQUEST_ID = { 'x-request-id': { description: 'Equals correlationId', schema: { type: 'string' } } } as const

/** The API as an OpenAPI 3.1 document, made from the contracts and the table of problems. */
export function describeApi(version: string) {
  const paths: ZodOpenApiPathsObject = {}
  for (const [operationId, operation] of Object.entries(contracts as Record<string, Operation>)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operationId, operation) }
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'FlexyAgents',
      version,
      description: 'AI support agents that answer from the knowledge of an organization, with citations.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: 'https://{host}', description: 'Production', variables: { host: { default: 'flexyagents.example.com' } } },
      {
        url: 'https://{host}',
        description: 'Staging',
        variables: { host: { default: 'staging.flexyagents.example.com' } },
      },
      { url: 'http://localhost:8787', description: 'npm start' },
    ],
    tags: [...new Set(Object.values(contracts).map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ connectionKey: [] }],
    components: {
      securitySchemes: {
        connectionKey: { type: 'http', scheme: 'bearer', bearerFormat: 'fxa_live_… or fxa_test_…' },
      },
    },
    paths,
  })
}

function describeOperation(operationId: string, operation: Operation): ZodOpenApiOperationObject {
  const { tag, summary, description, params, query, body, scope } = operation
  const idempotencyKey = {
    'Idempotency-Key': {
      description: 'The same key and body within 24 hours give the first answer again instead of a second action',
      schema: { type: 'string' as const, maxLength: 255 },
    },
  }
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description || scope
      ? { description: [description, scope && `Scope: \`${scope}\`.`].filter(Boolean).join('\n\n') }
      : {}),
    ...(scope === null ? { security: [] } : {}),
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) },
    ...(operation.method === 'post'
      ? {
          parameters: Object.entries(idempotencyKey).map(([name, { description: text, schema }]) => ({
            name,
            in: 'header' as const,
            description: text,
            schema,
          })),
        }
      : {}),
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    responses: { [String(operation.status)]: describeSuccess(operationId, operation), ...describeErrors(operation) },
  }
}

function describeSuccess(operationId: string, { response }: Operation) {
  if (!response) return { description: 'Done', headers: REQUEST_ID }
  const stream = { schema: { type: 'string' as const, description: 'One frame a line; see the description' } }
  return {
    description: 'Success',
    headers: { ...REQUEST_ID, ...LIMIT_HEADERS },
    content: {
      'application/json': { schema: response },
      ...(operationId === 'chat' ? { 'application/x-ndjson': stream, 'text/event-stream': stream } : {}),
    },
  }
}

/** One response a status, with the codes that it can carry. */
function describeErrors(operation: Operation) {
  const own: ProblemCode[] = operation.scope === null ? ['RATE_LIMITED', 'INTERNAL'] : [...COMMON_ERRORS]
  const body: ProblemCode[] = operation.body ? ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] : []
  const post: ProblemCode[] =
    operation.method === 'post' ? ['IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_MISMATCH', 'VALIDATION_FAILED'] : []
  const codes = [...new Set([...own, ...body, ...post, ...operation.errors])]
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status)
  const entries = [...byStatus].toSorted(([a], [b]) => a - b)
  return Object.fromEntries(
    entries.map(([status, list]) => [
      String(status),
      {
        description: list.map((code) => `\`${code}\``).join(', '),
        headers: { ...REQUEST_ID, ...(list.some((code) => 'retryable' in PROBLEMS[code]) ? retryAfter : {}) },
        content: { 'application/json': { schema: errorEnvelope } },
      },
    ]),
  )
}

const retryAfter = { 'retry-after': { description: 'Seconds', schema: { type: 'integer' } } } as const
