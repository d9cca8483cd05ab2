import { sql } from 'drizzle-orm'
import type { Database, Statement } from '../db/client.ts'
import { modelCalls } from '../db/schema/usage.ts'

/** One call of a model, whatever door it came through. It holds no text: it stays when the conversation is erased. */
export type ModelCall = {
  orgId: string
  agentId: string
  channel: string
  keyId: string | null
  requestId: string
  conversationId: string | null
  model: string | null
  status: 'completed' | 'failed' | 'aborted' | 'lost'
  inputTokens: number
  outputTokens: number
  costMicros: number | null
}
export type Charge = { id: string; at: number; messages: number; tokens: number }

/** For the transcript's batch. A row that is there already came from the budget, which is right. */
export function insertModelCall(db: Database, call: ModelCall, charge: Charge): Statement {
  return db
    .insert(modelCalls)
    .values({ ...call, ...charge, at: new Date(charge.at) })
    .onConflictDoNothing()
}

const DAY = 86_400_000

/** Makes the row say what the budget has charged, and on which day; writes nothing when it says so already. */
export function reconcileModelCall(db: Database, call: ModelCall, charge: Charge): Statement {
  const { orgId, id, at, messages, tokens } = modelCalls
  const differs = sql`${messages} <> ${charge.messages} or ${tokens} <> ${charge.tokens}
    or ${at} / ${DAY} <> ${Math.floor(charge.at / DAY)}`
  return db
    .insert(modelCalls)
    .values({ ...call, ...charge, at: new Date(charge.at) })
    .onConflictDoUpdate({
      target: [orgId, id],
      set: { at: new Date(charge.at), messages: charge.messages, tokens: charge.tokens },
      setWhere: differs,
    })
}
