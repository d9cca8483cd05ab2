import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, idParam, page, pageQuery, timestamp } from '../http/schemas.ts'

export const citation = z
  .strictObject({
    n: z.int().meta({ description: 'The number in the text: `[1]`' }),
    sourceId: z.string().meta({ description: 'Id of the document' }),
    title: z.string(),
    url: z.string().nullable(),
    quote: z.string().meta({ description: 'A verbatim piece of the document' }),
    start: z.int().meta({ description: "Where the quote begins in the document's content (UTF-16 units)" }),
    end: z.int(),
    contentHash: z.string().meta({ description: 'SHA-256 of the document version that was quoted' }),
    verified: z.boolean().meta({ description: 'The quote stands in that version, letter by letter' }),
  })
  .meta({ id: 'Citation' })
export type Citation = z.output<typeof citation>

export const usage = z
  .strictObject({ inputTokens: z.int(), outputTokens: z.int(), totalTokens: z.int() })
  .meta({ id: 'TokenUsage' })

export const conversation = z
  .strictObject({
    id: z.string(),
    agentId: z.string(),
    environment: z.enum(['live', 'test']),
    channel: z.enum(['api', 'tester']).meta({ description: '`tester`: a member tried the agent out' }),
    title: z.string().meta({ description: 'The beginning of the first question' }),
    messageCount: z.int(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Conversation' })

export const message = z
  .strictObject({
    id: z.string(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    status: z.enum(['completed', 'failed', 'aborted']),
    citations: z.array(citation),
    finishReason: z.string().nullable(),
    errorCode: z.string().nullable(),
    model: z.string().nullable(),
    usage: usage.nullable(),
    correlationId: z.string(),
    createdAt: timestamp,
  })
  .meta({ id: 'Message' })

const conversationParams = z.strictObject({ ...agentParams.shape, conversationId: idParam('cnv', 'cnv_01k9x8') })

export const conversationsContract = {
  listConversations: {
    method: 'get',
    path: '/api/agents/{agentId}/conversations',
    tag: 'Conversations',
    summary: "List an agent's conversations, newest first",
    description:
      "A live connection key sees live conversations, a test key those of test keys; the organization's key sees all.",
    scope: 'conversations:read',
    params: agentParams,
    query: pageQuery,
    status: 200,
    response: page(conversation),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR', 'NOT_FOUND'],
  },
  listMessages: {
    method: 'get',
    path: '/api/agents/{agentId}/conversations/{conversationId}/messages',
    tag: 'Conversations',
    summary: 'List the messages of a conversation, newest first',
    scope: 'conversations:read',
    params: conversationParams,
    query: pageQuery,
    status: 200,
    response: page(message),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR', 'NOT_FOUND'],
  },
} as const satisfies Contract
