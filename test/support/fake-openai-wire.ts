/**
 * What a healthy chat completions API sends; the broken bytes are in `fake-openai-faults.ts`.
 *
 * Facts: platform.openai.com/docs/api-reference/chat (objects `chat.completion` and `chat.completion.chunk`) and the
 * types of the official `openai` client. A stream is one chunk with the role and empty content, one chunk a token, one
 * with an empty delta and the finish reason, then `choices: []` with `usage` if `stream_options.include_usage` was set
 * (every other chunk then carries `usage: null`), then `data: [DONE]`.
 */

// Two, three and four byte characters, so that a byte cut can fall inside each kind.
const WORDS =
  'Refunds take five days – after that the fee is 3 € für alle Kunden in 日本 too 🙂 and nobody has to call us'.split(
    ' ',
  )

/** The tokens of the normal answer: deterministic, so a test can compare the whole text (`answerText`). */
export function answerTokens(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i === 0 ? '' : ' '}${WORDS[i % WORDS.length]}`)
}

export function answerText(count = 50): string {
  return answerTokens(count).join('')
}

/** Cuts a fixed text as a tokenizer would: `[`, `1` and `]` of a citation arrive separately. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*(?:\p{L}+|\p{N}{1,3}|[^\p{L}\p{N}\s])|\s+$/gu) ?? []
}

export type FinishReason = 'stop' | 'length' | 'content_filter'

export interface Usage {
  prompt: number
  completion: number
}

function usageJson({ prompt, completion: completed }: Usage) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completed,
    total_tokens: prompt + completed,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}

// Constant, so that the chunks of a stream can be made once and sent to every caller.
const ID = 'chatcmpl-fake00000000000000000000000'
const CREATED = 1_760_000_000

export function sse(value: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
}

function chunk(model: string, choices: unknown[], usage?: object | null): Buffer {
  const head = { id: ID, object: 'chat.completion.chunk', created: CREATED, model, service_tier: 'default' }
  return sse({ ...head, system_fingerprint: 'fp_fake', choices, ...(usage !== undefined && { usage }) })
}

/** One call of `res.write`: bytes of whole SSE events, and how many tokens are in them. */
export interface Write {
  bytes: Buffer
  tokens: number
}

/** The SSE events of an answer: the role and the tokens, then the finish reason. */
export interface Frames {
  writes: Write[]
  finish: Buffer
}

export interface Answer {
  model: string
  tokens: string[]
  finish: FinishReason
}

export function streamFrames(answer: Answer, includeUsage: boolean, perWrite: number): Frames {
  const { model, tokens, finish } = answer
  const usage = includeUsage ? null : undefined
  const event = (delta: object, reason: FinishReason | null = null) =>
    chunk(model, [{ index: 0, delta, logprobs: null, finish_reason: reason }], usage)
  const writes: Write[] = [{ bytes: event({ role: 'assistant', content: '', refusal: null }), tokens: 0 }]
  const step = Math.max(1, perWrite)
  for (let i = 0; i < tokens.length; i += step) {
    const group = tokens.slice(i, i + step)
    writes.push({ bytes: Buffer.concat(group.map((content) => event({ content }))), tokens: group.length })
  }
  return { writes, finish: event({}, finish) }
}

export function usageFrame(model: string, usage: Usage): Buffer {
  return chunk(model, [], usageJson(usage))
}

export const DONE = Buffer.from('data: [DONE]\n\n')

/** The whole answer of a request without `stream`. */
export function completion(
  answer: { model: string; tokens: string[]; finish: FinishReason | null },
  usage: Usage | undefined,
): object {
  const message = { role: 'assistant', content: answer.tokens.join(''), refusal: null, annotations: [] }
  return {
    id: ID,
    object: 'chat.completion',
    created: CREATED,
    model: answer.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finish }],
    ...(usage && { usage: usageJson(usage) }),
    service_tier: 'default',
    system_fingerprint: 'fp_fake',
  }
}
