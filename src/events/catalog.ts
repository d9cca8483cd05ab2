import * as z from 'zod'

const key = z.strictObject({ keyId: z.string(), agentId: z.string().nullable(), name: z.string() })

/** Every event the product records, with the shape of its `data`. Names are dotted and in the past tense. */
export const EVENTS = {
  'api_key.created': key,
  'api_key.rotated': z.strictObject({ ...key.shape, replacedBy: z.string() }),
  'api_key.revoked': key,
  'agent.published': z.strictObject({ agentId: z.string(), name: z.string() }),
} as const

export type EventType = keyof typeof EVENTS
export type EventOf<T extends EventType> = { type: T; data: z.output<(typeof EVENTS)[T]> }
export type AnyEvent = { [T in EventType]: EventOf<T> }[EventType]
