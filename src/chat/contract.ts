import * as z from 'zod'
import { action, citation, grounding, usage } from '../conversations/contract.ts'
import type { Contract } from '../http/contract.ts'
import { agentParams } from '../http/schemas.ts'

const MAX_TURN_BYTES = 32 * 1024
const utf8 = new TextEncoder()

const turn = z.strictObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z
    .string()
    // A string of n UTF-16 units has at most 3n bytes: only long ones have to be encoded to be counted.
    .refine((text) => text.length * 3 <= MAX_TURN_BYTES || utf8.encode(text).length <= MAX_TURN_BYTES, {
      error: 'is larger than 32 KB',
    })
    .regex(/\S/, 'is empty'),
})

export const chatRequest = z
  .strictObject({
    messages: z
      .array(turn)
      .min(1, 'expected at least one turn')
      .max(100, 'expected at most 100 turns')
      .refine((turns) => turns.at(-1)?.role === 'user', { error: "the last turn must be the user's" })
      .meta({ description: "The conversation so far. The last turn is the user's; all turns reach the model." }),
    stream: z.boolean().default(false).meta({ description: '`true` streams NDJSON' }),
    conversationId: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Continues a conversation. With a single turn, its stored turns are put before it.' }),
  })
  .meta({ id: 'ChatRequest' })
export type ChatRequest = z.output<typeof chatRequest>

export const chatAnswer = z
  .strictObject({
    id: z.string(),
    conversationId: z.string(),
    role: z.literal('assistant'),
    content: z.string(),
    citations: z.array(citation),
    grounding: grounding.nullable(),
    action: action.nullable().meta({ description: 'Null: the question was answered' }),
    finishReason: z.enum(['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other']),
    usage,
    correlationId: z.string(),
  })
  .meta({ id: 'ChatAnswer' })
export type ChatAnswer = z.output<typeof chatAnswer>

export const chatContract = {
  chat: {
    method: 'post',
    path: '/api/agents/{agentId}/chat',
    tag: 'Chat',
    summary: "Ask an agent; it answers from the organization's knowledge, with citations",
    description: [
      'With `"stream": true` the answer is `application/x-ndjson`, one object a line; with the header',
      '`Accept: text/event-stream` it is the UI message stream of the AI SDK (`useChat`). Frames: `start`, `source-url`',
      'or `source-document`, `text-start`, `text-delta`, `text-end`, `data-citations`, `data-grounding`, `data-action`',
      'when the knowledge held no answer, `data-ping` after ten seconds of silence, `error`, `finish`. Every stream ends with `finish` or `abort`; a body without it was cut.',
      'Everything that can refuse does so before the first byte, with a status and the error envelope.',
    ].join('\n'),
    scope: 'chat',
    params: agentParams,
    body: chatRequest,
    maxBodyBytes: 256 * 1024,
    status: 200,
    response: chatAnswer,
    errors: [
      'INVALID_JSON',
      'VALIDATION_FAILED',
      'NOT_FOUND',
      'AGENT_PAUSED',
      'PLAN_UPGRADE_REQUIRED',
      'MESSAGE_LIMIT_REACHED',
      'TOKEN_LIMIT_REACHED',
      'PROVIDER_KEY_MISSING',
      'PROVIDER_ERROR',
      'PROVIDER_KEY_INVALID',
      'PROVIDER_OVERLOADED',
      'PROVIDER_TIMEOUT',
    ],
  },
} as const satisfies Contract
