import type { Tenant } from '../context.ts'
import { implement } from '../http/implement.ts'
import { organizationsContract } from './contract.ts'
import { renameOrganization } from './organizations.ts'
import { capsOf, planOf } from './plans.ts'

export const organizationsApi = implement(organizationsContract, {
  getOrganization: async ({ tenant }) => describe(tenant),
  updateOrganization: async ({ tenant, body }) => {
    await renameOrganization(tenant, body.name)
    return { ...describe(tenant), name: body.name }
  },
})

function describe({ org }: Tenant) {
  const { id, name, plan, inference } = org
  const { name: planName, features, agents, documents } = planOf(org)
  const { messages, tokens } = capsOf(org)
  return {
    id,
    name,
    plan: { id: plan, name: planName, features: [...features] },
    inference,
    limits: { messagesPerMonth: messages, tokensPerMonth: tokens, agents, documentsPerAgent: documents },
  }
}
