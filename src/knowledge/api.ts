import { addDocument, deleteDocument, describeKnowledge, getDocument, listDocuments } from './documents.ts'
import { implement } from '../http/implement.ts'
import { knowledgeContract } from './contract.ts'
import { searchKnowledge } from './search.ts'
import { sourceContract } from './source-contract.ts'
import { deleteSource, getPairs, getSource, listSourcePages, listSources, updateSource } from './sources.ts'
import { addFile, addSource, cancelSource, replaceFile, replacePairs, syncSource } from './start-source.ts'

export const knowledgeApi = implement(knowledgeContract, {
  getKnowledge: ({ tenant, params }) => describeKnowledge(tenant, params.agentId),
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
  addSource: ({ tenant, params, body }) => addSource(tenant, params.agentId, body),
  addFile: ({ tenant, params, query, body }) => addFile(tenant, params.agentId, query, body),
  listSources: ({ tenant, params, query }) => listSources(tenant, params.agentId, query),
  getSource: ({ tenant, params }) => getSource(tenant, params.agentId, params.sourceId),
  updateSource: ({ tenant, params, body }) => updateSource(tenant, params.agentId, params.sourceId, body),
  listSourcePages: ({ tenant, params, query }) => listSourcePages(tenant, params.agentId, params.sourceId, query),
  getPairs: ({ tenant, params }) => getPairs(tenant, params.agentId, params.sourceId),
  replacePairs: ({ tenant, params, body }) => replacePairs(tenant, params.agentId, params.sourceId, body.pairs),
  replaceFile: ({ tenant, params, query, body }) => replaceFile(tenant, params.agentId, params.sourceId, query, body),
  syncSource: ({ tenant, params }) => syncSource(tenant, params.agentId, params.sourceId),
  cancelSource: ({ tenant, params }) => cancelSource(tenant, params.agentId, params.sourceId),
  deleteSource: async ({ tenant, params }) => {
    await deleteSource(tenant, params.agentId, params.sourceId)
    return undefined
  },
})
