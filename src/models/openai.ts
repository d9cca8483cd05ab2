import { Deadline } from '../lib/deadline.ts'
import { Problem, problem } from '../lib/problem.ts'
import { SseReader } from '../lib/sse.ts'
import type { FinishReason, ModelEvent, ModelMessage, ModelProvider, ModelRequest } from './provider.ts'
import { refusalOf } from './refusal.ts'

export type OpenAiSettings = {
  baseUrl: string
  apiKey: string
  model: string
  timeouts: { firstToken: number; gap: number; total: number }
  fetch: typeof fetch
}

/** The parts of a `chat.completion.chunk` that are read (platform.openai.com/docs/api-reference/chat-streaming). */
type Chunk = {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[]
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } | null
  error?: unknown
}

const FINISH_REASONS: Record<string, FinishReason> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
}

/** What an answer may have at most; a provider that goes on is cut with finish reason `length`. */
const MAX_ANSWER_CHARACTERS = 64 * 1024
/** An event without end is given up; real ones have some hundred characters. */
const MAX_EVENT_CHARACTERS = 256 * 1024

/**
 * A model behind any OpenAI-compatible `/chat/completions`. Parses the provider's stream itself: one reader, no chain
 * of web streams (the AI SDK's streamText costs twenty times the CPU of the work itself on workerd).
 */
export class OpenAiModel implements ModelProvider {
  readonly model: string
  private readonly settings: OpenAiSettings

  constructor(settings: OpenAiSettings) {
    this.settings = settings
    this.model = settings.model
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { timeouts } = this.settings
    const deadline = new Deadline({ first: timeouts.firstToken, total: timeouts.total, signal: request.signal })
    try {
      const response = await this.send(request, deadline.signal)
      yield* readAnswer(response, () => deadline.extend(timeouts.gap))
    } catch (error) {
      throw refusalFor(error, deadline)
    } finally {
      deadline.clear()
    }
  }

  /** Asks for a few tokens and leaves once the answer begins. Throws what a chat would be refused with. */
  async check(): Promise<void> {
    const { firstToken: first, total } = this.settings.timeouts
    const deadline = new Deadline({ first, total, signal: new AbortController().signal })
    try {
      const request = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: CHECK_TOKENS } as const
      const response = await this.send(request, deadline.signal)
      // Not awaited: a body that stalls never answers to this.
      void response.body?.cancel().catch(() => undefined)
    } catch (error) {
      throw refusalFor(error, deadline)
    } finally {
      deadline.clear()
    }
  }

  private async send(request: Prompt, signal: AbortSignal): Promise<Response> {
    const response = await this.settings.fetch(`${this.settings.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.settings.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: this.model,
        messages: request.messages,
        stream: true,
        stream_options: { include_usage: true },
        [maxTokensField(this.settings.baseUrl)]: request.maxOutputTokens,
        ...(REASONING.test(this.model) ? { reasoning_effort: 'low' } : {}),
      }),
      redirect: 'manual',
      signal,
    })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') && response.body
    const refusal = refusalOf(response) ?? (isStream ? undefined : problem('PROVIDER_ERROR'))
    if (!refusal) return response
    await response.body?.cancel()
    throw refusal
  }
}

type Prompt = { messages: readonly ModelMessage[]; maxOutputTokens: number }

/** OpenAI refuses less of some models. */
const CHECK_TOKENS = 16

function refusalFor(error: unknown, deadline: Deadline): Problem {
  if (deadline.expired) return problem('PROVIDER_TIMEOUT')
  return error instanceof Problem ? error : problem('PROVIDER_ERROR')
}

/** Models whose reasoning counts as output: an answer from passages needs little of it, and must have room left. */
const REASONING = /^(?:o\d|gpt-5)/

/** OpenAI's newer models refuse `max_tokens`; many compatible servers know nothing else. */
function maxTokensField(baseUrl: string): string {
  return new URL(baseUrl).hostname.endsWith('openai.com') ? 'max_completion_tokens' : 'max_tokens'
}

async function* readAnswer(response: Response, onText: () => void): AsyncGenerator<ModelEvent> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const sse = new SseReader()
  const state: AnswerState = { characters: 0, finish: undefined, isOver: false, isBroken: false }
  try {
    while (!state.isOver) {
      const { value, done } = await reader.read()
      if (done) break
      const { text: whole, usage } = readEvents(sse.push(value), state)
      const text = whole.slice(0, MAX_ANSWER_CHARACTERS - state.characters)
      state.characters += whole.length
      // Chunks without text, such as the role at the start, are no sign of an answer.
      if (text || state.characters > 0) onText()
      if (text) yield { type: 'delta', text }
      if (usage) yield usage
      if (state.isBroken || sse.buffered > MAX_EVENT_CHARACTERS) throw problem('PROVIDER_ERROR')
      if (state.characters >= MAX_ANSWER_CHARACTERS) {
        state.finish = 'length'
        break
      }
    }
  } finally {
    // Ends the provider's work after [DONE], a cut, or when nobody listens; a stalled body never answers to this.
    void reader.cancel().catch(() => undefined)
  }
  if (!state.finish || (state.characters === 0 && state.finish !== 'content-filter')) throw problem('PROVIDER_ERROR')
  yield { type: 'finish', reason: state.finish }
}

type AnswerState = {
  characters: number
  finish: FinishReason | undefined
  isOver: boolean
  /** The provider told of an error; the text before it still counts. */
  isBroken: boolean
}

/** All events of one network chunk together; a line that is no JSON is passed over, as the rest may be fine. */
function readEvents(events: string[], state: AnswerState) {
  let text = ''
  let usage: Extract<ModelEvent, { type: 'usage' }> | undefined
  for (const data of events) {
    state.isOver = data === '[DONE]'
    const chunk = state.isOver ? undefined : parseChunk(data)
    state.isBroken = Boolean(chunk?.error)
    if (state.isOver || state.isBroken) break
    const choice = chunk?.choices?.[0]
    if (typeof choice?.delta?.content === 'string') text += choice.delta.content
    if (choice?.finish_reason) state.finish = FINISH_REASONS[choice.finish_reason] ?? 'other'
    usage = readUsage(chunk?.usage) ?? usage
  }
  return { text, usage }
}

/** Counts that are none would spoil the budget: then the answer is estimated. */
function readUsage(usage: Chunk['usage']): Extract<ModelEvent, { type: 'usage' }> | undefined {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = usage ?? {}
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined
  return { type: 'usage', inputTokens, outputTokens }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 100_000_000

function parseChunk(data: string): Chunk | undefined {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
