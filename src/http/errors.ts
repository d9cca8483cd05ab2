import * as z from 'zod'
import { describeError, type Log } from '../lib/log.ts'
import { PROBLEMS, Problem, type ProblemCode, type ProblemDetail, problem } from '../lib/problem.ts'

export const errorObject = z
  .looseObject({
    type: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    message: z.string(),
    param: z.string().nullable(),
    details: z.array(z.object({ path: z.string(), message: z.string(), code: z.string() })).optional(),
    correlationId: z.string(),
    docUrl: z.string(),
    retryable: z.boolean(),
  })
  .meta({ id: 'ErrorObject', description: 'Some codes add members, such as `feature` or `resetsAt`.' })
export const errorEnvelope = z.strictObject({ error: errorObject }).meta({ id: 'Error' })

/** What a caller sees of anything thrown; what is no Problem is logged and becomes INTERNAL. */
export function toProblem(thrown: unknown, log: Log): Problem {
  if (thrown instanceof Problem) return thrown
  // `retryable` and `overloaded` are set by the platform on errors of Durable Objects and D1.
  const platform = thrown as { retryable?: boolean; overloaded?: boolean }
  log('error', 'unexpected', { error: describeError(thrown) })
  if (platform?.retryable || platform?.overloaded) return problem('UNAVAILABLE', { retryAfter: 1 })
  return problem('INTERNAL')
}

/** The members of the error object, as in the body's envelope and, flattened, in a stream. */
export function describeProblem(refusal: Problem, requestId: string, origin: string) {
  const spec = PROBLEMS[refusal.code]
  const { param, details, extra } = refusal.options
  return {
    type: spec.type,
    code: refusal.code,
    message: refusal.message,
    param: param ?? null,
    ...(details ? { details } : {}),
    ...extra,
    correlationId: requestId,
    docUrl: `${origin}/docs/errors#${refusal.code}`,
    retryable: refusal.retryable,
  }
}

export function problemResponse(refusal: Problem, requestId: string, origin: string): Response {
  const headers = new Headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  if (refusal.status === 401) headers.set('www-authenticate', 'Bearer')
  if (refusal.options.retryAfter !== undefined) headers.set('retry-after', String(refusal.options.retryAfter))
  for (const [name, value] of Object.entries(refusal.options.headers ?? {})) headers.set(name, value)
  const body = JSON.stringify({ error: describeProblem(refusal, requestId, origin) })
  return new Response(body, { status: refusal.status, headers })
}

/** Names each field at fault by its path; the first one is the message. Values of the request are never echoed. */
export function validationProblem(error: z.ZodError, place: 'body' | 'query'): Problem {
  const details = error.issues.slice(0, 20).flatMap(describeIssue)
  const [first] = details
  const where = first?.path ? bracketed(first.path) : place === 'body' ? 'The body' : 'The query'
  return problem('VALIDATION_FAILED', {
    message: first ? `${where}: ${first.message}` : undefined,
    param: first?.path || undefined,
    details,
  })
}

function describeIssue(issue: z.core.$ZodIssue): ProblemDetail[] {
  const path = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, 5).map((key) => {
      const name = key.slice(0, 64)
      return { path: path ? `${path}.${name}` : name, message: 'is not a known field', code: issue.code }
    })
  }
  return [{ path, message: issueMessage(issue), code: issue.code }]
}

function issueMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `expected ${listed(issue.values.map(String))}`
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  if (issue.code === 'invalid_union') return 'has none of the allowed forms'
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
}

function listed(values: string[]): string {
  if (values.length < 2) return values.join('')
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

/** `messages.0.role` as people write it: `messages[0].role`. */
function bracketed(path: string): string {
  return path.replace(/\.(\d+)(?=\.|$)/g, '[$1]')
}
