/**
 * Behaviour by model name: `fake`, `fake:<mode>`, `fake:<mode>:<name>=<number>…` or `fake:<name>=<number>…`.
 * The modes are those of security.md 4.6 and row R13.
 *
 * Numbers: `tokens` (those of the answer, or those before a cut), `first` and `gap` (ms before the first token, with
 * which the headers come, and between tokens), `write` (tokens per write), `seed` (cut the bytes at random places), `retry` (the `retry-after` of
 * 429 and 503, in seconds; 0 leaves it out) and `times` (only the first so many requests of this name misbehave).
 */
import { answerTokens, tokensOf } from './fake-openai-wire.ts'
import type { FinishReason } from './fake-openai-wire.ts'

interface Mode {
  /** What the product must make of it: `ok` or a code of contracts.md section 2. */
  expect: 'ok' | ProviderCode
  numbers?: Partial<Numbers>
  finish?: FinishReason
}

export type ProviderCode = 'PROVIDER_ERROR' | 'PROVIDER_KEY_INVALID' | 'PROVIDER_OVERLOADED' | 'PROVIDER_TIMEOUT'

interface Numbers {
  tokens: number
  first: number
  gap: number
  write: number
  seed: number
  retry: number
  times: number
}

const NUMBERS = ['tokens', 'first', 'gap', 'write', 'seed', 'retry', 'times'] as const

// An hour at one token a second: longer than every timeout, and still a list that can be made at once.
const ENDLESS = 3600

const MODES = {
  normal: { expect: 'ok' },
  paced: { expect: 'ok', numbers: { first: 20, gap: 5 } },
  echo: { expect: 'ok' },
  cite: { expect: 'ok' },
  say: { expect: 'ok' },
  '429': { expect: 'PROVIDER_OVERLOADED' },
  '500': { expect: 'PROVIDER_ERROR' },
  '503': { expect: 'PROVIDER_OVERLOADED' },
  '401': { expect: 'PROVIDER_KEY_INVALID' },
  '400': { expect: 'PROVIDER_ERROR' },
  html: { expect: 'PROVIDER_ERROR' },
  empty: { expect: 'PROVIDER_ERROR' },
  'no-finish': { expect: 'PROVIDER_ERROR', numbers: { tokens: 3 } },
  'reset-before': { expect: 'PROVIDER_ERROR' },
  'hang-connect': { expect: 'PROVIDER_TIMEOUT' },
  'hang-first': { expect: 'PROVIDER_TIMEOUT' },
  stall: { expect: 'PROVIDER_TIMEOUT', numbers: { tokens: 3 } },
  drop: { expect: 'PROVIDER_ERROR', numbers: { tokens: 3 } },
  garbage: { expect: 'ok' },
  'garbage-all': { expect: 'PROVIDER_ERROR' },
  'error-chunk': { expect: 'PROVIDER_ERROR', numbers: { tokens: 3 } },
  slow: { expect: 'PROVIDER_TIMEOUT', numbers: { tokens: ENDLESS, gap: 1000 } },
  length: { expect: 'ok', finish: 'length' },
  'content-filter': { expect: 'ok', finish: 'content_filter', numbers: { tokens: 3 } },
  'no-usage': { expect: 'ok' },
  split: { expect: 'ok', numbers: { seed: 1 } },
  crlf: { expect: 'ok' },
  huge: { expect: 'ok' },
} satisfies Record<string, Mode>

export type ModeName = keyof typeof MODES

const STATUS = {
  ok: 200,
  PROVIDER_ERROR: 502,
  PROVIDER_KEY_INVALID: 502,
  PROVIDER_OVERLOADED: 503,
  PROVIDER_TIMEOUT: 504,
} as const

function isMode(name: string): name is ModeName {
  return Object.hasOwn(MODES, name)
}

const HEALTHY = new Set(['normal', 'paced', 'echo', 'cite', 'say'])

/** Every fault with the model name that asks for it and what the product must answer before the first byte. */
export const FAULT_MODES = Object.keys(MODES)
  .filter(isMode)
  .filter((mode) => !HEALTHY.has(mode))
  .map((mode) => {
    const code = MODES[mode].expect
    return { mode, model: `fake:${mode}`, code, status: STATUS[code] }
  })

export interface FakeOpenAIOptions {
  /** Of the normal answer; 50. */
  tokens?: number
  /** Before the first token, in ms; 0. */
  firstDelayMs?: number
  /** Between tokens, in ms; 0. */
  gapMs?: number
  /** 1, as a real provider sends one event a token. */
  tokensPerWrite?: number
  /** Keep what was asked in `requests`; true. */
  record?: boolean
  port?: number
}

/** What is read of a request's body; the rest is only recorded. */
export interface ChatRequest {
  model: string
  stream?: boolean
  stream_options?: { include_usage?: boolean }
  messages: { role: string; content: unknown }[]
  max_tokens?: number
  max_completion_tokens?: number
}

export function isChatRequest(value: unknown): value is ChatRequest {
  if (typeof value !== 'object' || value === null || !('model' in value) || !('messages' in value)) return false
  return typeof value.model === 'string' && Array.isArray(value.messages) && value.messages.length > 0
}

export interface Plan extends Numbers {
  mode: ModeName
  model: string
  answer: { model: string; tokens: string[]; finish: FinishReason }
}

/** `tried` is how many requests of this model name came before. Undefined: there is no such model. */
export function planFor(body: ChatRequest, options: FakeOpenAIOptions, tried: number): Plan | undefined {
  const { model } = body
  const [, ...parts] = model.startsWith('fake') ? model.split(':') : [model]
  const asked = parts[0] === undefined || parts[0].includes('=') ? 'normal' : parts[0]
  if (!isMode(asked)) return undefined
  const given = numbersIn(parts)
  if (!given) return undefined
  const over = given.times !== undefined && tried >= given.times
  const mode = over ? 'normal' : asked
  const { numbers, finish = 'stop' }: Mode = MODES[mode]
  const { tokens = 50, firstDelayMs: first = 0, gapMs: gap = 0, tokensPerWrite: write = 1 } = options
  const all = { tokens, first, gap, write, seed: 0, retry: 1, times: 0, ...numbers, ...(!over && given) }
  return { ...all, mode, model, answer: { model, ...cropped(mode, textOf(mode, all.tokens, body), finish, body) } }
}

function numbersIn(parts: string[]): Partial<Numbers> | undefined {
  const found: Partial<Numbers> = {}
  for (const part of parts.filter((text) => text.includes('='))) {
    const [name, value] = part.split('=')
    const known = NUMBERS.find((number) => number === name)
    if (!known || !Number.isFinite(Number(value))) return undefined
    found[known] = Number(value)
  }
  return found
}

/** What `fake:cite` says: one passage that exists, one that does not. */
export const CITED_TEXT = 'Refunds take five days [1]. Nothing else is known [9].'

function textOf(mode: ModeName, tokens: number, body: ChatRequest): string[] {
  if (mode === 'cite') return tokensOf(CITED_TEXT)
  if (mode === 'say') return tokensOf(textToSay(body))
  // 204,800 bytes: the product's own limit of an answer has to end it.
  if (mode === 'huge') return Array.from({ length: 2048 }, (_, i) => `${i} `.padEnd(100, 'x'))
  if (mode === 'echo') return tokensOf(JSON.stringify(body.messages.findLast(({ role }) => role === 'user') ?? null))
  return answerTokens(tokens)
}

/** `fake:say` says what its question asks it to: "How long? SAY: Five days [1]." */
function textToSay({ messages }: ChatRequest): string {
  const question = messages.findLast(({ role }) => role === 'user')?.content
  return String(question).split('SAY: ').at(-1) ?? ''
}

/** The caller's own limit is kept as OpenAI keeps it, but for the answer whose point is to be too long. */
function cropped(mode: ModeName, tokens: string[], finish: FinishReason, body: ChatRequest) {
  const max = body.max_completion_tokens ?? body.max_tokens ?? Infinity
  if (mode === 'huge' || tokens.length <= max) return { tokens, finish }
  return { tokens: tokens.slice(0, max), finish: 'length' as const }
}
