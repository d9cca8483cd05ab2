import type { Tenant } from '../context.ts'
import { Problem } from '../lib/problem.ts'
import type { CredentialTest } from '../vault/credentials.ts'
import { OpenAiModel } from './openai.ts'

/** Somebody waits for it; a chat waits longer. */
const MAX_WAIT = 10_000

/**
 * Whether the provider takes a key, as the code that a chat with it would be refused with. Asks for a few tokens and
 * not for the list of models: some providers show that list to everybody, and keys for chats only may not see it.
 */
export async function checkProviderKey(
  tenant: Tenant,
  apiKey: string,
): Promise<{ code: CredentialTest['code']; ms: number }> {
  const { baseUrl, defaultModel } = tenant.config.openai
  const { firstToken, gap, total } = tenant.config.modelTimeouts
  const timeouts = { firstToken: Math.min(firstToken, MAX_WAIT), gap, total: Math.min(total, MAX_WAIT) }
  const model = new OpenAiModel({ baseUrl, apiKey, model: defaultModel, timeouts, fetch: tenant.fetch })
  const begin = tenant.now()
  const code = await model.check().then(
    () => 'OK' as const,
    (error: unknown) => codeOf(error),
  )
  return { code, ms: tenant.now() - begin }
}

function codeOf(error: unknown): CredentialTest['code'] {
  switch (error instanceof Problem ? error.code : undefined) {
    case 'PROVIDER_KEY_INVALID':
      return 'PROVIDER_KEY_INVALID'
    case 'PROVIDER_OVERLOADED':
      return 'PROVIDER_OVERLOADED'
    case 'PROVIDER_TIMEOUT':
      return 'PROVIDER_TIMEOUT'
    default:
      return 'PROVIDER_ERROR'
  }
}
