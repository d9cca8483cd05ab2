import type { Evidence } from './evidence.ts'

export type ModelMessage = { role: 'system' | 'user' | 'assistant'; content: string }

/** How the finish reasons are named in the frames (those of the AI SDK). */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'

export type ModelRequest = {
  /** The whole prompt, for models that write. */
  messages: ModelMessage[]
  /** The question and what retrieval found for it, for models that quote. */
  question: { texts: { text: string; weight: number }[] }
  evidence: Evidence
  /** What to say when the evidence does not hold an answer; models that write find it in the prompt. */
  fallback: string
  maxOutputTokens: number
  signal: AbortSignal
}

/** Deltas that arrived together are one event, so that they leave in one write. */
export type ModelEvent =
  | { type: 'delta'; text: string }
  | { type: 'usage'; inputTokens: number; outputTokens: number }
  | { type: 'finish'; reason: FinishReason }

/**
 * Port to a language model. The stream ends with exactly one `finish`, or throws a Problem: PROVIDER_ERROR,
 * PROVIDER_KEY_INVALID, PROVIDER_OVERLOADED or PROVIDER_TIMEOUT. A cut connection, an empty answer and an end without
 * a finish reason are errors. What the provider said in an error never reaches the Problem.
 */
export interface ModelProvider {
  /** As stored with the message: `embedded`, or the provider's name of the model. */
  readonly model: string
  stream(request: ModelRequest): AsyncIterable<ModelEvent>
}
