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
    contentHash: z.string().meta({
      description: 'SHA-256 of the document version that was quoted: of its title, a line end and its content',
    }),
    chunk: z.strictObject({ start: z.int(), end: z.int(), hash: z.string() }).nullable().meta({
      description:
        'The piece of that version that was retrieved: where it stands in the content, and the SHA-256 of its text. Null in messages that were stored without it',
    }),
    verified: z.boolean().meta({ description: 'The quote stands in that piece, letter by letter' }),
    sourceState: z.enum(['current', 'changed', 'deleted', 'unknown']).meta({
      description:
        'Whether the quoted version is the one that is searched now. A quote stays as it was when the document has changed or is gone',
    }),
  })
  .meta({ id: 'Citation' })
export type Citation = z.output<typeof citation>

export const grounding = z
  .strictObject({
    claims: z.int().meta({ description: 'Sentences that say something; greetings and questions do not' }),
    supported: z.int().meta({ description: 'Of these, those that a cited passage supports or that stand in one' }),
    unchecked: z
      .int()
      .meta({ description: 'Those that cite a passage in another language: only their numbers were compared' }),
    score: z.number().nullable().meta({ description: 'Share of the checked sentences that is supported; null: none' }),
    unsupported: z
      .array(
        z.strictObject({
          start: z.int().meta({ description: 'Where the sentence begins in the text of the answer (UTF-16 units)' }),
          end: z.int(),
          reason: z.enum([
            'no-citation',
            'not-in-source',
            'number-differs',
            'name-differs',
            'negation-differs',
            'quote-differs',
          ]),
        }),
      )
      .meta({ description: 'The sentences that nothing supports, the first hundred' }),
  })
  .meta({
    id: 'Grounding',
    description:
      'What the words of the passages support, sentence by sentence, without a model: it finds wrong numbers, names and denials, and what is not in the passages at all; it does not find every wrong conclusion',
  })
export type Grounding = z.output<typeof grounding>

export const action = z
  .strictObject({
    action: z.enum(['refuse', 'ask_back', 'handoff']),
    reason: z.literal('no_evidence'),
    options: z
      .array(z.strictObject({ sourceId: z.string(), title: z.string() }))
      .optional()
      .meta({ description: 'Of `ask_back`: the documents that may be meant' }),
  })
  .meta({
    id: 'AnswerAction',
    description: "What the agent did instead of answering: its behavior's `noEvidence`",
  })
export type Action = z.output<typeof action>

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
    handoffRequestedAt: timestamp
      .nullable()
      .meta({ description: 'When an answer last asked for a person; see `noEvidence` of the behavior' }),
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
    grounding: grounding.nullable(),
    action: action.nullable(),
    knowledgeEpoch: z
      .int()
      .nullable()
      .meta({ description: 'The state of the knowledge that was searched; it grows with every change' }),
    finishReason: z.string().nullable(),
    errorCode: z.string().nullable(),
    model: z.string().nullable(),
    usage: usage.nullable(),
    correlationId: z.string(),
    createdAt: timestamp,
  })
  .meta({ id: 'Message' })

export const receipt = z
  .strictObject({
    id: z.string().meta({ description: 'Of the entry in the audit log that tells of the erasure' }),
    conversationId: z.string(),
    messages: z.int(),
    sha256: z.string().meta({ description: 'Of what was erased: of all lines of its export but the last' }),
    erasedAt: timestamp,
  })
  .meta({ id: 'ErasureReceipt' })

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
  exportConversation: {
    method: 'get',
    path: '/api/agents/{agentId}/conversations/{conversationId}/export',
    tag: 'Conversations',
    summary: 'Everything that is stored of a conversation, as NDJSON',
    description:
      'A line of the conversation, one of each message, oldest first, and `{"type":"end"}`: without it the file was cut. The audit log tells of the export.',
    scope: 'organization:write',
    params: conversationParams,
    status: 200,
    produces: 'application/x-ndjson',
    errors: ['NOT_FOUND'],
  },
  eraseConversation: {
    method: 'delete',
    path: '/api/agents/{agentId}/conversations/{conversationId}',
    tag: 'Conversations',
    summary: 'Erase a conversation for good, with a receipt',
    description:
      'What was counted stays: rows of usage hold no text. Answers under an Idempotency-Key are kept sealed until 24 hours after they were made.',
    scope: 'organization:write',
    params: conversationParams,
    status: 200,
    response: receipt,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
} as const satisfies Contract
