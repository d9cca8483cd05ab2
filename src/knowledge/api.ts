import { implement } from '../http/implement.ts'
import { knowledgeContract } from './contract.ts'
import { searchKnowledge } from './search.ts'
import { sourceContract } from './source-contract.ts'
import { addFile, addSite, deleteSource, getSource, listSourcePages, listSources, syncSource } from './sources.ts'
import { addDocument, deleteDocument, getDocument, listDocuments } from './documents.ts'

export const knowledgeApi = implement(knowledgeContract, {
  addDocument: ({ tenant, params, body }) => addDocument(tenant, params.agentId, body),
  listDocuments: ({ tenant, params, query }) => listDocuments(tenant, params.agentId, query),
  getDocument: ({ tenant, params }) => getDocument(tenant, params.agentId, params.documentId),
  deleteDocument: async ({ tenant, params }) => {
    await deleteDocument(tenant, params.agentId, params.documentId)
    return undefined
  },
  searchKnowledge: ({ tenant, params, body }) => searchKnowledge(tenant, params.agentId, body),
})

export const sourcesApi = implement(sourceContract, {
  addSite: ({ tenant, params, body }) => addSite(tenant, params.agentId, body),
  addFile: ({ tenant, params, query, body }) =>
    addFile(tenant, params.agentId, { ...query, contentType: body.contentType }, body.bytes),
  listSources: ({ tenant, params, query }) => listSources(tenant, params.agentId, query),
  getSource: ({ tenant, params }) => getSource(tenant, params.agentId, params.sourceId),
  listSourcePages: ({ tenant, params, query }) => listSourcePages(tenant, params.agentId, params.sourceId, query),
  syncSource: ({ tenant, params }) => syncSource(tenant, params.agentId, params.sourceId),
  deleteSource: async ({ tenant, params }) => {
    await deleteSource(tenant, params.agentId, params.sourceId)
    return undefined
  },
})
