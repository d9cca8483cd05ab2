import type { Organization, Tenant } from '../context.ts'
import { type Problem, problem } from '../lib/problem.ts'

/** What only some plans include. */
export type Feature = 'byok' | 'model_choice'
/** What every plan includes up to a number. */
export type Quota = 'agents' | 'documents'

export type Plan = {
  name: string
  /** A calendar month, UTC. */
  messages: number
  tokens: number
  agents: number
  /** Per agent. */
  documents: number
  /** Conversations that nobody has continued for so long are erased. */
  retentionDays: number
  features: readonly Feature[]
}

/** From the smallest to the largest: a refusal names the first one that would do. */
export const PLANS: Record<string, Plan> = {
  free: { name: 'Free', messages: 100, tokens: 500_000, agents: 1, documents: 50, retentionDays: 30, features: [] },
  starter: {
    name: 'Starter',
    messages: 2_000,
    tokens: 10_000_000,
    agents: 3,
    documents: 500,
    retentionDays: 90,
    features: ['byok'],
  },
  pro: {
    name: 'Pro',
    messages: 20_000,
    tokens: 100_000_000,
    agents: 20,
    documents: 5_000,
    retentionDays: 365,
    features: ['byok', 'model_choice'],
  },
  business: {
    name: 'Business',
    messages: 200_000,
    tokens: 1_000_000_000,
    agents: 200,
    documents: 50_000,
    retentionDays: 730,
    features: ['byok', 'model_choice'],
  },
}

export function planOf(org: Organization): Plan {
  const plan = PLANS[org.plan]
  if (!plan) throw new Error('the organization has a plan that does not exist')
  return plan
}

/** Messages and tokens a month: the contract's own numbers where it has some, else the plan's. */
export function capsOf(org: Organization): { messages: number; tokens: number } {
  const { messages, tokens } = planOf(org)
  return { messages: org.limitOverrides.messages ?? messages, tokens: org.limitOverrides.tokens ?? tokens }
}

/** Throws PLAN_UPGRADE_REQUIRED with the feature and the smallest plan that has it. */
export function requireFeature(tenant: Tenant, feature: Feature): void {
  if (planOf(tenant.org).features.includes(feature)) return
  throw upgradeRequired(feature, (plan) => plan.features.includes(feature))
}

/** The refusal of one more than the plan includes, naming the smallest plan that includes more. */
export function quotaExceeded(tenant: Tenant, quota: Quota): Problem {
  const included = planOf(tenant.org)[quota]
  return upgradeRequired(quota, (plan) => plan[quota] > included)
}

function upgradeRequired(feature: string, fits: (plan: Plan) => boolean) {
  const requiredPlan = Object.keys(PLANS).find((id) => PLANS[id] && fits(PLANS[id])) ?? null
  return problem('PLAN_UPGRADE_REQUIRED', { extra: { feature, requiredPlan } })
}
