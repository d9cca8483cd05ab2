import type { Agent } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { openCredential } from '../vault/credentials.ts'

/** What an embedder needs. Goes with a call and is never stored: it holds a key. */
export type EmbedderAccess = {
  baseUrl: string
  apiKey?: string | undefined
  model: string
  dimensions: number
}

/** How the knowledge of an agent is to be embedded. `no-key`: it would be, but for the organization's own key. */
export type EmbeddingWish = EmbedderAccess | 'off' | 'no-key'

/**
 * What the settings say about an agent. Documents leave only for whom the organization has chosen: never with an agent
 * that has the built-in model by choice, and of an organization with its own key only with that key, to the provider it
 * belongs to. Where the embeddings have a server of their own such an organization is searched by words.
 */
export async function embeddingWish(tenant: Tenant, { behavior }: Agent): Promise<EmbeddingWish> {
  const { embedding, openai } = tenant.config
  if (!embedding || behavior.embeddings === 'off' || behavior.model === 'embedded') return 'off'
  const isProvider = embedding.baseUrl === openai.baseUrl
  if (tenant.org.inference === 'hosted') return embedding.apiKey || !isProvider ? embedding : 'off'
  if (!isProvider) return 'off'
  const apiKey = await openCredential(tenant, 'openai')
  return apiKey ? { ...embedding, apiKey } : 'no-key'
}
