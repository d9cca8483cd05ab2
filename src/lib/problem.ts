// Every refusal a caller may see, in one table. The error envelope, openapi.json and the error page are made from it.

type Spec = { status: number; type: string; message: string; action: string; retryable?: boolean }

const REQUEST = 'invalid_request'
const AUTH = 'authentication_error'
const QUOTA = 'quota_exceeded'
const PERMISSION = 'permission_denied'
const PROVIDER = 'provider_error'

export const PROBLEMS = {
  INVALID_JSON: {
    status: 400,
    type: REQUEST,
    message: 'The request body is not valid JSON.',
    action: 'Send a JSON object encoded as UTF-8.',
  },
  VALIDATION_FAILED: {
    status: 400,
    type: REQUEST,
    message: 'The request is not valid.',
    action: 'Mend the fields named in details and send the request again.',
  },
  INVALID_CURSOR: {
    status: 400,
    type: REQUEST,
    message: 'The cursor is not one that this list gave out.',
    action: 'Start again without a cursor.',
  },
  MISSING_API_KEY: {
    status: 401,
    type: AUTH,
    message: 'No API key was sent.',
    action: 'Send the header Authorization: Bearer <connection key>.',
  },
  INVALID_API_KEY: {
    status: 401,
    type: AUTH,
    message: 'The API key is not valid.',
    action: 'Copy the whole key again, or create a new one.',
  },
  EXPIRED_API_KEY: {
    status: 401,
    type: AUTH,
    message: 'The API key has expired or was revoked.',
    action: 'Use the key that replaced it, or create a new one.',
  },
  SESSION_REQUIRED: {
    status: 401,
    type: AUTH,
    message: 'The session has ended, or there is none.',
    action: 'Sign in again.',
  },
  SIGN_IN_FAILED: {
    status: 401,
    type: AUTH,
    message: 'E-mail address or password is wrong.',
    action: 'Check both, or reset the password.',
  },
  LINK_INVALID: {
    status: 400,
    type: REQUEST,
    message: 'This link is not valid: it is too old, was used already or was copied in part.',
    action: 'Ask for a new link.',
  },
  MESSAGE_LIMIT_REACHED: {
    status: 402,
    type: QUOTA,
    message: 'The organization has used all messages of its plan for this month.',
    action: 'Change the plan, or wait for the reset named in details.',
  },
  TOKEN_LIMIT_REACHED: {
    status: 402,
    type: QUOTA,
    message: 'The organization has too few tokens left this month for this request.',
    action: 'Send a shorter request, change the plan, or wait for the reset named in details.',
  },
  PROVIDER_KEY_MISSING: {
    status: 402,
    type: QUOTA,
    message: 'No model provider key is configured for this organization.',
    action: 'Add the provider key, or let the agent use the built-in model.',
  },
  INSUFFICIENT_SCOPE: {
    status: 403,
    type: PERMISSION,
    message: 'This key may not do that.',
    action: 'Use a key with the scope named in the message.',
  },
  FORM_EXPIRED: {
    status: 403,
    type: PERMISSION,
    message: 'This form is out of date.',
    action: 'Load the page again and send the form once more.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    type: PERMISSION,
    message: 'Web pages of this origin may not use this agent.',
    action: "Add the origin to the agent's allowed origins.",
  },
  PLAN_UPGRADE_REQUIRED: {
    status: 403,
    type: PERMISSION,
    message: 'The plan of this organization does not include this.',
    action: 'Change to the plan named in requiredPlan.',
  },
  AGENT_PAUSED: {
    status: 403,
    type: PERMISSION,
    message: 'This agent is paused.',
    action: 'Set the status of the agent to active.',
  },
  NOT_FOUND: {
    status: 404,
    type: 'not_found',
    message: 'There is no such resource in this organization.',
    action: 'Check the id and the key: ids of other organizations answer 404 as well.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    type: REQUEST,
    message: 'This path does not take that method.',
    action: 'Use a method of the Allow header.',
  },
  CONFLICT: {
    status: 409,
    type: 'conflict',
    message: 'The request does not fit the present state.',
    action: 'Read the resource again and decide anew.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    type: 'conflict',
    message: 'A request with this Idempotency-Key is still running.',
    action: 'Wait for the first request to end, then repeat it to get its answer.',
    retryable: true,
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    type: REQUEST,
    message: 'The request body is too large.',
    action: 'Send less: the limit stands in the message.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    type: REQUEST,
    message: 'The request body must be sent as application/json.',
    action: 'Send the header Content-Type: application/json.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    type: REQUEST,
    message: 'This Idempotency-Key was used for another request.',
    action: 'Use a new key for a new request.',
  },
  RATE_LIMITED: {
    status: 429,
    type: 'rate_limited',
    message: 'Too many requests.',
    action: 'Wait for the seconds in Retry-After.',
    retryable: true,
  },
  INTERNAL: {
    status: 500,
    type: 'internal_error',
    message: 'Something went wrong on our side.',
    action: 'Try again; if it stays, report the correlationId.',
    retryable: true,
  },
  PROVIDER_ERROR: {
    status: 502,
    type: PROVIDER,
    message: 'The model provider did not give a usable answer.',
    action: 'Try again.',
    retryable: true,
  },
  PROVIDER_KEY_INVALID: {
    status: 502,
    type: PROVIDER,
    message: 'The model provider refused the configured key.',
    action: 'Replace the provider key of the organization.',
  },
  PROVIDER_OVERLOADED: {
    status: 503,
    type: PROVIDER,
    message: 'The model provider is overloaded.',
    action: 'Try again after the seconds in Retry-After.',
    retryable: true,
  },
  UNAVAILABLE: {
    status: 503,
    type: 'unavailable',
    message: 'The service is not available for a moment.',
    action: 'Try again after the seconds in Retry-After.',
    retryable: true,
  },
  PROVIDER_TIMEOUT: {
    status: 504,
    type: PROVIDER,
    message: 'The model provider took too long.',
    action: 'Try again.',
    retryable: true,
  },
} as const satisfies Record<string, Spec>

export type ProblemCode = keyof typeof PROBLEMS
export type ProblemDetail = { path: string; message: string; code: string }

type Options = {
  /** Replaces the table's message; must hold nothing a caller may not see. */
  message?: string | undefined
  /** The field at fault, dotted: `messages.0.role`. */
  param?: string | undefined
  details?: ProblemDetail[] | undefined
  /** Extra members of the error object, such as `feature` or `resetsAt`. */
  extra?: Record<string, unknown> | undefined
  /** Seconds; becomes the Retry-After header. Quota refusals (402) never carry one. */
  retryAfter?: number | undefined
  headers?: Record<string, string> | undefined
}

/** A refusal that the caller may see as it is. Anything else that is thrown becomes INTERNAL with a constant message. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly options: Options

  constructor(code: ProblemCode, options: Options) {
    super(options.message ?? PROBLEMS[code].message)
    this.name = 'Problem'
    this.code = code
    this.options = options
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }

  /** Whether the same request may succeed later without a change. */
  get retryable(): boolean {
    return 'retryable' in PROBLEMS[this.code]
  }
}

export function problem(code: ProblemCode, options: Options = {}): Problem {
  return new Problem(code, options)
}
