import { implement } from '../http/implement.ts'
import { budgetOf } from '../organizations/organizations.ts'
import { capsOf } from '../organizations/plans.ts'
import { usageContract } from './contract.ts'
import { counterOf } from './meter.ts'
import { reportUsage } from './usage-report.ts'

export const usageApi = implement(usageContract, {
  getUsage: async ({ tenant, query }) => {
    const caps = capsOf(tenant.org)
    const { periodStart, resetsAt, messages, tokens } = await budgetOf(tenant).state()
    const isReport = Object.values(query).some((value) => value !== undefined)
    const report = isReport ? await reportUsage(tenant, query, periodStart) : undefined
    return {
      periodStart: new Date(periodStart).toISOString(),
      resetsAt: new Date(resetsAt).toISOString(),
      messages: { ...messages, limit: caps.messages },
      tokens: { ...tokens, limit: caps.tokens },
      ...(report && { report }),
    }
  },
  getAgentUsage: async ({ tenant, params }) => ({ data: await counterOf(tenant, params.agentId).months() }),
})
