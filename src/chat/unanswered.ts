import type { Tenant } from '../context.ts'
import { environmentOf } from '../conversations/conversations.ts'
import type { AnyEvent } from '../events/catalog.ts'
import { ABSTAIN_BELOW } from '../models/extract.ts'
import type { Admitted } from './admit.ts'
import type { Conclusion } from './conclude.ts'

/**
 * The events of an answer that was none. They name the message and do not repeat it: what somebody asked is erased with
 * the conversation. A model may also say in its own words that it does not know: then little was found, and nothing of
 * what it says is supported.
 */
export function eventsOf(
  tenant: Tenant,
  ids: { agentId: string; conversationId: string; messageId: string },
  { action, grounding }: Conclusion,
  { evidence }: Admitted,
): AnyEvent[] {
  const { claims, supported, unchecked } = grounding
  const isOutOfThinAir = evidence.score < ABSTAIN_BELOW && claims > 0 && supported + unchecked === 0
  if (!action && !isOutOfThinAir) return []
  const of = { ...ids, environment: environmentOf(tenant) }
  const data = { ...of, action: action?.action ?? null, evidence: Math.round(evidence.score * 1000) / 1000 }
  const unanswered: AnyEvent = { type: 'question.unanswered', data }
  if (action?.action !== 'handoff') return [unanswered]
  return [unanswered, { type: 'conversation.handoff_requested', data: { ...of, reason: action.reason } }]
}
