import { sql } from 'drizzle-orm'
import { channelOf, type Tenant } from '../context.ts'
import { conversations, messages } from '../db/schema/conversations.ts'
import type { AnyEvent } from '../events/catalog.ts'
import { announce } from '../events/record.ts'
import { type Charge, insertModelCall, type ModelCall } from '../usage/model-calls.ts'
import type { Action, Citation, Grounding } from './contract.ts'
import { environmentOf } from './conversations.ts'

export type TurnRecord = {
  agentId: string
  conversationId: string
  question: { id: string; content: string; createdAt: number }
  answer: {
    id: string
    content: string
    status: 'completed' | 'failed' | 'aborted'
    citations: Citation[]
    grounding: Grounding | null
    action: Action | null
    knowledgeEpoch: number
    finishReason: string | null
    errorCode: string | null
    model: string
    inputTokens: number
    outputTokens: number
    firstTokenMs: number | null
    totalMs: number
  }
  /** What the answer means to others, written with it. */
  events: AnyEvent[]
  /** The row of its usage, and what the budget is told at the same moment. */
  call: ModelCall
  charge: Charge
}

const TITLE_LENGTH = 80

/** Stores a question and its answer in one batch: four rows and those of its events, one round trip. */
export async function storeTurn(tenant: Tenant, turn: TurnRecord): Promise<void> {
  const { db, org, requestId } = tenant
  const { agentId, conversationId, question, answer, events, call, charge } = turn
  const now = new Date(tenant.now())
  const keyId = tenant.actor.type === 'key' ? tenant.actor.keyId : null
  const handoff = answer.action?.action === 'handoff' ? { handoffRequestedAt: now } : {}
  const shared = { orgId: org.id, conversationId, requestId, keyId }
  await db.batch([
    db
      .insert(conversations)
      .values({
        orgId: org.id,
        agentId,
        id: conversationId,
        environment: environmentOf(tenant),
        channel: channelOf(tenant.actor),
        title: question.content.replace(/\s+/g, ' ').trim().slice(0, TITLE_LENGTH).toWellFormed(),
        messageCount: 2,
        createdAt: now,
        updatedAt: now,
        ...handoff,
      })
      .onConflictDoUpdate({
        target: [conversations.orgId, conversations.agentId, conversations.id],
        set: { messageCount: sql`${conversations.messageCount} + 2`, updatedAt: now, ...handoff },
      }),
    db.insert(messages).values([
      { ...shared, ...question, role: 'user', status: 'completed', createdAt: new Date(question.createdAt) },
      { ...shared, ...answer, role: 'assistant', createdAt: now },
    ]),
    insertModelCall(db, call, charge),
    ...events.map((event) => announce(tenant, event)),
  ])
}
