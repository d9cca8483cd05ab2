import { implement } from '../http/implement.ts'
import { conversationsContract } from './contract.ts'
import { listConversations, listMessages } from './conversations.ts'

export const conversationsApi = implement(conversationsContract, {
  listConversations: ({ tenant, params, query }) => listConversations(tenant, params.agentId, query),
  listMessages: ({ tenant, params, query }) => listMessages(tenant, params.agentId, params.conversationId, query),
})
