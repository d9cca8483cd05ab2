import { channelOf, type Tenant } from '../context.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { budgetOf } from '../organizations/organizations.ts'
import { capsOf } from '../organizations/plans.ts'
import type { Counts } from './agent-counter.ts'
import type { ModelCall } from './model-calls.ts'

export type Lease = {
  id: string
  /** Replaces the lease by what the message really cost; zero of both when nothing was done. */
  settle: (actual: { messages: 0 | 1; tokens: number }, call?: ModelCall) => Promise<void>
}

export const counterOf = (tenant: Tenant, agentId: string) => tenant.counter.getByName(`${tenant.org.id}/${agentId}`)

/**
 * Holds one message and at most `tokens` tokens of the organization's month. Answers `stale` when the organization's
 * configuration is newer than the tenant's: then nothing is held, and the caller has to authenticate anew.
 * Throws MESSAGE_LIMIT_REACHED and TOKEN_LIMIT_REACHED with `limit`, `used` and `resetsAt`.
 */
export async function reserve(tenant: Tenant, agentId: string, tokens: number): Promise<Lease | 'stale'> {
  const caps = capsOf(tenant.org)
  const leaseId = newId('lse')
  const budget = budgetOf(tenant)
  const admission = await budget.reserve({ leaseId, caps, tokens, call: lostCall(tenant, agentId) })
  if (admission.version > tenant.org.version) {
    if (admission.admitted) await budget.settle(leaseId, { messages: 0, tokens: 0 })
    return 'stale'
  }
  if (!admission.admitted) {
    const { reason, used, resetsAt } = admission
    const limit = reason === 'MESSAGE_LIMIT_REACHED' ? caps.messages : caps.tokens
    throw problem(reason, { extra: { limit, used, resetsAt: new Date(resetsAt).toISOString() } })
  }
  return { id: leaseId, settle: (actual, call) => budget.settle(leaseId, actual, call) }
}

/** What is known of a call before it is made, and so of one that is lost. */
export function lostCall(tenant: Tenant, agentId: string): ModelCall {
  const { actor, org, requestId } = tenant
  return {
    orgId: org.id,
    agentId,
    channel: channelOf(actor),
    keyId: actor.type === 'key' ? actor.keyId : null,
    requestId,
    conversationId: null,
    model: null,
    status: 'lost',
    inputTokens: 0,
    outputTokens: 0,
    costMicros: null,
  }
}

export async function count(tenant: Tenant, agentId: string, counts: Counts): Promise<void> {
  await counterOf(tenant, agentId).add(counts)
}
