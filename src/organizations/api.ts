import { implement } from '../http/implement.ts'
import { organizationsContract } from './contract.ts'
import { capsOf, planOf } from './plans.ts'

export const organizationsApi = implement(organizationsContract, {
  getOrganization: async ({ tenant }) => {
    const { id, name, plan, inference } = tenant.org
    const { name: planName, features, agents, documents } = planOf(tenant.org)
    const { messages, tokens } = capsOf(tenant.org)
    return {
      id,
      name,
      plan: { id: plan, name: planName, features: [...features] },
      inference,
      limits: { messagesPerMonth: messages, tokensPerMonth: tokens, agents, documentsPerAgent: documents },
    }
  },
})
