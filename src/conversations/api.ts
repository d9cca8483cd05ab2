import { implement } from '../http/implement.ts'
import { conversationsContract } from './contract.ts'
import { ndjson } from '../http/ndjson.ts'
import { eraseConversation, exportConversation } from './erase.ts'
import { listConversations, listMessages } from './conversations.ts'

export const conversationsApi = implement(conversationsContract, {
  listConversations: ({ tenant, params, query }) => listConversations(tenant, params.agentId, query),
  listMessages: ({ tenant, params, query }) => listMessages(tenant, params.agentId, params.conversationId, query),
  exportConversation: async ({ tenant, params }) =>
    ndjson(await exportConversation(tenant, params.agentId, params.conversationId), `${params.conversationId}.ndjson`),
  eraseConversation: ({ tenant, params }) => eraseConversation(tenant, params.agentId, params.conversationId),
})
