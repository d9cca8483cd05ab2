import type { Action, Citation, Grounding } from '../conversations/contract.ts'
import type { FinishReason } from '../models/provider.ts'

export type TokenUsage = { inputTokens: number; outputTokens: number; totalTokens: number }

/**
 * The vocabulary of a streamed answer: the AI SDK's UI message chunks (ai 7, `UIMessageChunk`), so that `useChat` and
 * our own clients read the same objects. An unknown `type` kills a `useChat` stream, so new things are `data-<name>`.
 */
export type Frame =
  | {
      type: 'start'
      messageId: string
      messageMetadata: { conversationId: string; agentId: string; correlationId: string }
    }
  | { type: 'source-url'; sourceId: string; url: string; title: string }
  | { type: 'source-document'; sourceId: string; mediaType: string; title: string }
  | { type: 'text-start'; id: string }
  | { type: 'text-delta'; id: string; delta: string }
  | { type: 'text-end'; id: string }
  | { type: 'data-ping'; data: null; transient: true }
  | { type: 'data-citations'; data: Citation[] }
  | { type: 'data-grounding'; data: Grounding }
  | { type: 'data-action'; data: Action }
  | { type: 'error'; errorText: string; code: string; correlationId: string; retryable: boolean }
  | { type: 'finish'; finishReason: FinishReason; messageMetadata: { usage: TokenUsage } }
  | { type: 'abort' }

export type Framing = {
  contentType: string
  headers: Record<string, string>
  encode: (frame: Frame) => string
  end: string
}

export const NDJSON: Framing = {
  contentType: 'application/x-ndjson; charset=utf-8',
  headers: {},
  encode: (frame) => `${JSON.stringify(frame)}\n`,
  end: '',
}

/** What `DefaultChatTransport` of the AI SDK reads. */
export const SSE: Framing = {
  contentType: 'text/event-stream; charset=utf-8',
  headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
  encode: (frame) => `data: ${JSON.stringify(frame)}\n\n`,
  end: 'data: [DONE]\n\n',
}

/** Characters of a delta at most: with escapes and UTF-8 a line then stays under 16 KB. */
const MAX_DELTA = 2_500

/** A text as deltas that each fit a line; never cuts a surrogate pair in two. */
export function* deltas(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + MAX_DELTA, text.length)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--
    yield text.slice(start, end)
    start = end
  }
}
