/**
 * The bytes of a provider that is not well: error bodies, pages, rubbish and unkind framings.
 *
 * Error bodies are `{"error":{"message","type","param","code"}}` with the texts api.openai.com uses:
 * platform.openai.com/docs/guides/error-codes, and bodies quoted in public issue threads (vivekuppal/transcribe#179
 * for 401, openai/openai-dotnet#404 for 429).
 */

/** Stands in every error message, HTML page and broken line: it must never reach a customer of the product. */
export const CANARY = 'CANARY_PROVIDER_TEXT'

export interface ProviderError {
  status: number
  body: { error: { message: string; type: string; param: string | null; code: string | null } }
}

function fault(status: number, type: string, code: string | null, text: string, param: string | null = null) {
  return { status, body: { error: { message: `${text} ${CANARY}`, type, param, code } } } satisfies ProviderError
}

const REQUEST = 'invalid_request_error'

export const ERRORS = {
  rateLimit: fault(429, 'requests', 'rate_limit_exceeded', 'Rate limit reached for fake in organization org-fake.'),
  server: fault(500, 'server_error', null, 'The server had an error while processing your request. Sorry about that!'),
  overloaded: fault(503, 'server_error', null, 'The engine is currently overloaded, please try again later.'),
  tooLong: fault(
    400,
    REQUEST,
    'context_length_exceeded',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    'messages',
  ),
  badJson: fault(400, REQUEST, null, 'We could not parse the JSON body of your request.'),
  noMessages: fault(400, REQUEST, 'missing_required_parameter', "Missing required parameter: 'messages'.", 'messages'),
  noKey: fault(401, REQUEST, null, "You didn't provide an API key in an Authorization header using Bearer auth."),
}

/** OpenAI repeats the key with its middle masked, so its text can leak a part of a secret as well. */
export function badKey(key: string): ProviderError {
  const masked = `${key.slice(0, 8)}${'*'.repeat(24)}${key.slice(-4)}`
  const help = 'You can find your API key at https://platform.openai.com/account/api-keys.'
  return fault(401, REQUEST, 'invalid_api_key', `Incorrect API key provided: ${masked}. ${help}`)
}

export function noModel(model: string): ProviderError {
  return fault(
    404,
    REQUEST,
    'model_not_found',
    `The model \`${model}\` does not exist or you do not have access to it.`,
  )
}

export function noUrl(method: string, path: string): ProviderError {
  return fault(404, REQUEST, null, `Invalid URL (${method} ${path})`)
}

export const HTML_PAGE = `<!doctype html><html><body><h1>Bad gateway</h1><p>${CANARY}</p></body></html>`

/** Neither UTF-8 nor SSE. */
export const RUBBISH = Buffer.concat([
  Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 89 + 128) % 256)),
  Buffer.from(`\n${CANARY}\n`),
  Buffer.from([0, 255, 254, 10, 10, 0, 192, 128]),
])

export const BROKEN_LINE = Buffer.from(`data: {"id":"chatcmpl-broken","choices":[{"delta":{"content":"${CANARY}\n\n`)

/** The same event as some gateways send it: CRLF, a comment to keep the connection alive, no space after `data:`. */
export function toCrlf(event: Buffer): Buffer {
  return Buffer.from(`: keep-alive\n\n${event.toString()}`.replaceAll('data: ', 'data:').replaceAll('\n', '\r\n'))
}

/** Cuts inside every multi-byte character and at random places elsewhere; the same seed cuts at the same places. */
export function cut(bytes: Buffer, seed: number): Buffer[] {
  const pieces: Buffer[] = []
  let state = seed >>> 0
  let start = 0
  for (let i = 1; i < bytes.length; i++) {
    // Numerical Recipes' generator: seeded and one line, which is all that is needed of randomness here.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const insideCharacter = (bytes.readUInt8(i) & 0xc0) === 0x80
    if (!insideCharacter && state / 2 ** 32 > 0.06) continue
    pieces.push(bytes.subarray(start, i))
    start = i
  }
  return [...pieces, bytes.subarray(start)]
}
