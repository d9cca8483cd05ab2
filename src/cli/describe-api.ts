import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi'
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

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key and body within 24 hours give the first answer again instead of a second action',
  schema: { type: 'string', maxLength: 255 },
} as const

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
      responses: errorResponses(),
      securitySchemes: {
        connectionKey: { type: 'http', scheme: 'bearer', bearerFormat: 'fxa_live_… or fxa_test_…' },
      },
    },
    paths,
  })
}

function describeOperation(operationId: string, operation: Operation): ZodOpenApiOperationObject {
  const { tag, summary, params, query, body, scope } = operation
  return {
    operationId,
    tags: [tag],
    summary,
    description: descriptionOf(operation),
    ...(scope === null ? { security: [] } : {}),
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) },
    ...(operation.method === 'post' && scope !== null ? { parameters: [IDEMPOTENCY_KEY] } : {}),
    ...(body ? { requestBody: { required: true, content: bodyContent(body) } } : {}),
    responses: { [String(operation.status)]: describeSuccess(operationId, operation), ...describeErrors(operation) },
  }
}

const ANY_FILE = { 'application/octet-stream': { schema: { type: 'string' as const, format: 'binary' } } }

const bodyContent = (body: NonNullable<Operation['body']>) =>
  body === 'bytes' ? ANY_FILE : { 'application/json': { schema: body } }

function descriptionOf(operation: Operation): string {
  const scope = operation.scope ? `Scope: \`${operation.scope}\`.` : 'Public.'
  const codes = codesOf(operation).map((code) => `\`${code}\``)
  return [operation.description, scope, `Errors: ${codes.join(', ')}.`].filter(Boolean).join('\n\n')
}

function describeSuccess(operationId: string, { response, produces }: Operation) {
  if (produces) {
    const content = { [produces]: { schema: { type: 'string' as const, description: 'See the description' } } }
    return { description: 'Success', headers: { ...REQUEST_ID, ...LIMIT_HEADERS }, content }
  }
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

function codesOf(operation: Operation): ProblemCode[] {
  const own: ProblemCode[] = operation.scope === null ? ['RATE_LIMITED', 'INTERNAL'] : [...COMMON_ERRORS]
  const body: ProblemCode[] = [
    ...(operation.body ? (['PAYLOAD_TOO_LARGE'] as const) : []),
    ...(operation.body && operation.body !== 'bytes' ? (['UNSUPPORTED_MEDIA_TYPE'] as const) : []),
  ]
  const post: ProblemCode[] =
    operation.method === 'post' ? ['IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_MISMATCH', 'VALIDATION_FAILED'] : []
  return [...new Set([...own, ...body, ...post, ...operation.errors])]
}

const errorName = (status: number) => `Error${status}`

/** An operation refers to one shared response a status; its own codes stand in its description. */
function describeErrors(operation: Operation) {
  const statuses = new Set(codesOf(operation).map((code) => PROBLEMS[code].status))
  const entries = [...statuses]
    .toSorted((a, b) => a - b)
    .map((status) => {
      return [String(status), { $ref: `#/components/responses/${errorName(status)}` }] as const
    })
  return Object.fromEntries(entries)
}

const RETRY_AFTER = { 'retry-after': { description: 'Seconds', schema: { type: 'integer' } } } as const

function errorResponses() {
  const codes = Object.keys(PROBLEMS) as ProblemCode[]
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status)
  const entries = [...byStatus].map(([status, list]) => {
    const description = list.map((code) => `\`${code}\`: ${PROBLEMS[code].message}`).join('\n\n')
    const waits = list.some((code) => 'retryable' in PROBLEMS[code])
    const headers = { ...REQUEST_ID, ...(waits ? RETRY_AFTER : {}) }
    return [errorName(status), { description, headers, content: { 'application/json': { schema: errorEnvelope } } }]
  })
  return Object.fromEntries(entries) as Record<string, ZodOpenApiResponseObject>
}
