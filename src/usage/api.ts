import { implement } from '../http/implement.ts'
import { budgetOf } from '../organizations/organizations.ts'
import { capsOf } from '../organizations/plans.ts'
import { usageContract } from './contract.ts'
import { counterOf } from './meter.ts'

export const usageApi = implement(usageContract, {
  getUsage: async ({ tenant }) => {
    const caps = capsOf(tenant.org)
    const { periodStart, resetsAt, messages, tokens } = await budgetOf(tenant).state()
    return {
      periodStart: new Date(periodStart).toISOString(),
      resetsAt: new Date(resetsAt).toISOString(),
      messages: { ...messages, limit: caps.messages },
      tokens: { ...tokens, limit: caps.tokens },
    }
  },
  getAgentUsage: async ({ tenant, params }) => ({ data: await counterOf(tenant, params.agentId).months() }),
})
