import { implement } from '../http/implement.ts'
import { createAgent, deleteAgent, getAgent, listAgents, updateAgent } from './agents.ts'
import { agentsContract } from './contract.ts'

export const agentsApi = implement(agentsContract, {
  createAgent: ({ tenant, body }) => createAgent(tenant, body),
  listAgents: ({ tenant, query }) => listAgents(tenant, query),
  getAgent: ({ tenant, params }) => getAgent(tenant, params.agentId),
  updateAgent: ({ tenant, params, body }) => updateAgent(tenant, params.agentId, body),
  deleteAgent: async ({ tenant, params }) => {
    await deleteAgent(tenant, params.agentId)
    return undefined
  },
})
