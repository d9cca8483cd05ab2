import { getAgent } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { embeddingWish } from '../models/choose-embedder.ts'
import { planOf, quotaExceeded } from '../organizations/plans.ts'
import type { DocumentSummary } from './index/documents.ts'

export type DocumentInput = {
  title: string
  content: string
  format: 'text' | 'markdown'
  url?: string | undefined
}

/** The knowledge object of an agent: it owns the documents and their index, so both change in one transaction. */
export function knowledgeOf(tenant: Tenant, agentId: string) {
  return tenant.knowledge.getByName(`${tenant.org.id}/${agentId}`)
}

export async function addDocument(tenant: Tenant, agentId: string, { url, ...input }: DocumentInput) {
  const document = { id: newId('doc'), ...input, ...(url ? { url } : {}) }
  const stored = await knowledgeOf(tenant, agentId).addDocument(document, planOf(tenant.org).documents)
  if (stored === 'full') throw quotaExceeded(tenant, 'documents')
  if (stored === 'too-many-sections') {
    throw problem('VALIDATION_FAILED', { message: 'content: has too many sections', param: 'content' })
  }
  return toDocument(stored)
}

export async function listDocuments(
  tenant: Tenant,
  agentId: string,
  query: { limit: number; cursor?: string | undefined },
) {
  const after = readCursor('doc', query.cursor)
  // One more than the page tells whether there is another.
  const limit = query.limit + 1
  const { documents } = await knowledgeOf(tenant, agentId).listDocuments({ limit, ...(after ? { after } : {}) })
  return toPage(documents.map(toDocument), query.limit)
}

export async function getDocument(tenant: Tenant, agentId: string, id: string) {
  const document = await knowledgeOf(tenant, agentId).getDocument(id)
  if (!document) throw problem('NOT_FOUND')
  return { ...toDocument(document), content: document.content }
}

export async function deleteDocument(tenant: Tenant, agentId: string, id: string): Promise<void> {
  if (!(await knowledgeOf(tenant, agentId).deleteDocument(id))) throw problem('NOT_FOUND')
}

/** What an agent knows, and how far its vectors are. */
export async function describeKnowledge(tenant: Tenant, agentId: string) {
  const wish = await embeddingWish(tenant, await getAgent(tenant, agentId))
  const { embeddings, ...stats } = await knowledgeOf(tenant, agentId).status(wish)
  return { ...stats, embeddings: embeddings ?? { ...NO_EMBEDDINGS, total: stats.chunks } }
}

const NO_EMBEDDINGS = {
  state: 'off' as const,
  model: null,
  dimensions: null,
  done: 0,
  total: 0,
  lastError: null,
  tokens: 0,
}

function toDocument({ id, title, url, format, contentHash, bytes, chunks, createdAt, updatedAt }: DocumentSummary) {
  return {
    id,
    title,
    url: url ?? null,
    format,
    contentHash,
    bytes,
    chunks,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  }
}
