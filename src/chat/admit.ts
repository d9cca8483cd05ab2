import { type Agent, getAgent } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { loadHistory } from '../conversations/conversations.ts'
import { queryTexts, retrieve, type Turn } from '../knowledge/retrieve.ts'
import { Problem, type ProblemCode, problem } from '../lib/problem.ts'
import { chooseModel, requireModelFeatures } from '../models/choose.ts'
import type { QueryText, SearchResult } from '../models/evidence.ts'
import type { ModelProvider } from '../models/provider.ts'
import { type Lease, reserve } from '../usage/meter.ts'
import type { ChatRequest } from './contract.ts'
import { type Fallback, fallbackFor } from './fallback.ts'
import { estimateTokens } from './prompt.ts'

export type Admitted = {
  tenant: Tenant
  agent: Agent
  turns: Turn[]
  texts: QueryText[]
  lease: Lease
  model: ModelProvider
  evidence: SearchResult
  /** What is said when the knowledge does not hold the answer. */
  fallback: Fallback
}

/** Characters of a stored conversation that are put before a question at most. */
const MAX_HISTORY_CHARACTERS = 60_000

export type Question = {
  agentId: string
  request: ChatRequest
  /** Throws ORIGIN_NOT_ALLOWED for a web page that the list does not hold. */
  requireOrigin: (listed: readonly string[]) => void
}

/**
 * Everything that can refuse a chat after its input is known, before any money is spent: state of the agent, features
 * of the plan, origin, the conversation, the budget, the provider's key. Retrieval runs beside the budget's round trip.
 * What this isolate remembers of the organization is compared with the budget's version; when it is behind, or would
 * refuse, it is read anew. Throws AGENT_PAUSED, PLAN_UPGRADE_REQUIRED, ORIGIN_NOT_ALLOWED, NOT_FOUND,
 * MESSAGE_LIMIT_REACHED, TOKEN_LIMIT_REACHED, PROVIDER_KEY_MISSING; after a throw nothing is held.
 */
export async function admit(
  tenant: Tenant,
  question: Question,
  reauthenticate: () => Promise<Tenant>,
): Promise<Admitted> {
  try {
    const admitted = await tryToAdmit(tenant, question)
    if (admitted !== 'stale') return admitted
  } catch (error) {
    if (!(error instanceof Problem && FROM_MEMORY.has(error.code))) throw error
  }
  const again = await tryToAdmit(await reauthenticate(), question)
  // Fresh from the database and still behind: the configuration is being changed this very moment.
  if (again === 'stale') throw problem('UNAVAILABLE', { retryAfter: 1 })
  return again
}

/** Refusals that rest on the remembered agent or plan alone, before the budget has told the version. */
const FROM_MEMORY = new Set<ProblemCode>(['AGENT_PAUSED', 'PLAN_UPGRADE_REQUIRED', 'ORIGIN_NOT_ALLOWED'])

async function tryToAdmit(tenant: Tenant, question: Question): Promise<Admitted | 'stale'> {
  const { agentId, request, requireOrigin } = question
  const agent = await getAgent(tenant, agentId)
  if (agent.status === 'paused') throw problem('AGENT_PAUSED')
  requireModelFeatures(tenant, agent)
  requireOrigin(agent.allowedOrigins)
  const turns = await conversationTurns(tenant, agentId, request)
  const texts = queryTexts(turns)

  const evidence = tenant.timings.measure('retrieve', () => retrieve(tenant, agent, texts))
  const model = chooseModel(tenant, agent)
  // Started early; what they throw is told below, after the budget's answer.
  for (const work of [evidence, model]) work.catch(() => undefined)
  const lease = await tenant.timings.measure('admit', () => reserve(tenant, agentId, estimateTokens(agent, turns)))
  if (lease === 'stale') return 'stale'
  try {
    const found = await evidence
    const fallback = fallbackFor(agent.behavior, turns, found.passages)
    return { tenant, agent, turns, texts, lease, model: await model, evidence: found, fallback }
  } catch (error) {
    await lease.settle({ messages: 0, tokens: 0 })
    throw error
  }
}

/** The turns that reach the model. A single turn that continues a conversation gets the stored turns before it. */
async function conversationTurns(tenant: Tenant, agentId: string, request: ChatRequest): Promise<Turn[]> {
  const { conversationId, messages } = request
  if (conversationId === undefined) return messages
  const stored = await tenant.timings.measure('history', () => loadHistory(tenant, agentId, conversationId))
  if (messages.length > 1) return messages
  let characters = 0
  const recent = stored.toReversed().filter(({ content }) => (characters += content.length) <= MAX_HISTORY_CHARACTERS)
  return [...recent.toReversed(), ...messages]
}
