import { implement } from '../http/implement.ts'
import { knowledgeContract } from './contract.ts'
import { addDocument, deleteDocument, getDocument, listDocuments } from './documents.ts'

export const knowledgeApi = implement(knowledgeContract, {
  addDocument: ({ tenant, params, body }) => addDocument(tenant, params.agentId, body),
  listDocuments: ({ tenant, params, query }) => listDocuments(tenant, params.agentId, query),
  getDocument: ({ tenant, params }) => getDocument(tenant, params.agentId, params.documentId),
  deleteDocument: async ({ tenant, params }) => {
    await deleteDocument(tenant, params.agentId, params.documentId)
    return undefined
  },
})
