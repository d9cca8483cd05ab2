import type { Agent } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { problem } from '../lib/problem.ts'
import { requireFeature } from '../organizations/plans.ts'
import { openCredential } from '../vault/credentials.ts'
import { EmbeddedModel } from './embedded.ts'
import { OpenAiModel } from './openai.ts'
import type { ModelProvider } from './provider.ts'

/**
 * The model that answers for an agent. An organization with its own key (`byok`) uses that key only; a hosted one
 * uses the platform's, and the embedded model where the platform has none and the agent asks for no other.
 * Throws PROVIDER_KEY_MISSING.
 */
export async function chooseModel(tenant: Tenant, agent: Agent): Promise<ModelProvider> {
  const { config, org } = tenant
  const { model, greeting } = agent.behavior
  const embedded = () => new EmbeddedModel({ greeting })
  if (model === 'embedded') return embedded()
  const apiKey = org.inference === 'byok' ? await openCredential(tenant, 'openai') : config.openai.apiKey
  if (!apiKey && org.inference === 'hosted' && model === 'auto') return embedded()
  if (!apiKey) throw problem('PROVIDER_KEY_MISSING')
  return new OpenAiModel({
    baseUrl: config.openai.baseUrl,
    apiKey,
    model: model === 'auto' ? config.openai.defaultModel : model,
    timeouts: config.modelTimeouts,
    fetch: tenant.fetch,
  })
}

/** Features that the organization's plan must still have when a chat begins; a plan can have been changed since. */
export function requireModelFeatures(tenant: Tenant, agent: Agent): void {
  if (tenant.org.inference === 'byok') requireFeature(tenant, 'byok')
  const { model } = agent.behavior
  if (model !== 'auto' && model !== 'embedded') requireFeature(tenant, 'model_choice')
}
