import { implement } from '../http/implement.ts'
import { createAgent, deleteAgent, getAgent, listAgents, updateAgent } from './agents.ts'
import { agentsContract } from './contract.ts'
import { discardDraft, getDraft, publishDraft, saveDraft } from './drafts.ts'
import { listVersions } from './versions.ts'

export const agentsApi = implement(agentsContract, {
  createAgent: ({ tenant, body }) => createAgent(tenant, body),
  listAgents: ({ tenant, query }) => listAgents(tenant, query),
  getAgent: ({ tenant, params }) => getAgent(tenant, params.agentId),
  updateAgent: ({ tenant, params, body }) => updateAgent(tenant, params.agentId, body),
  getDraft: ({ tenant, params }) => getDraft(tenant, params.agentId),
  saveDraft: ({ tenant, params, body }) => saveDraft(tenant, params.agentId, body),
  publishDraft: ({ tenant, params }) => publishDraft(tenant, params.agentId),
  discardDraft: async ({ tenant, params }) => {
    await discardDraft(tenant, params.agentId)
    return undefined
  },
  listVersions: ({ tenant, params, query }) => listVersions(tenant, params.agentId, query),
  deleteAgent: async ({ tenant, params }) => {
    await deleteAgent(tenant, params.agentId)
    return undefined
  },
})
