import * as z from 'zod'

const key = z.strictObject({ keyId: z.string(), agentId: z.string().nullable(), name: z.string() })

/** Of one answer. The environment tells a webhook whether somebody only tried the agent. */
const answer = z.strictObject({
  agentId: z.string(),
  conversationId: z.string(),
  messageId: z.string(),
  environment: z.enum(['live', 'test']),
})

/** Every event the product records, with the shape of its `data`. Names are dotted and in the past tense. */
export const EVENTS = {
  'api_key.created': key,
  'api_key.rotated': z.strictObject({ ...key.shape, replacedBy: z.string() }),
  'api_key.revoked': key,
  'agent.published': z.strictObject({ agentId: z.string(), name: z.string() }),
  'conversation.handoff_requested': z.strictObject({ ...answer.shape, reason: z.literal('no_evidence') }),
  /** `action` is what was done instead; null: a model answered, and nothing of it is supported. */
  'question.unanswered': z.strictObject({
    ...answer.shape,
    action: z.enum(['refuse', 'ask_back', 'handoff']).nullable(),
    evidence: z.number(),
  }),
} as const

export type EventType = keyof typeof EVENTS
export type EventOf<T extends EventType> = { type: T; data: z.output<(typeof EVENTS)[T]> }
export type AnyEvent = { [T in EventType]: EventOf<T> }[EventType]
