import type { Tenant } from '../context.ts'
import { problem } from '../lib/problem.ts'
import { requireFeature } from '../organizations/plans.ts'
import {
  type CredentialKind,
  type CredentialSummary,
  type CredentialTest,
  listCredentials,
  openCredential,
  putCredential,
  recordTest,
} from '../vault/credentials.ts'
import { checkProviderKey } from './check-provider-key.ts'

/** What a person sees of a provider key: never more of the key than its end. */
export type ProviderKey = Omit<CredentialSummary, 'lastTest'> & { lastTest: ProviderKeyTest | null }
export type ProviderKeyTest = { at: string; ok: boolean; code: CredentialTest['code']; message: string }

export async function listProviderKeys(tenant: Tenant): Promise<ProviderKey[]> {
  return (await listCredentials(tenant)).map(toProviderKey)
}

/** Stores the key and tries it. A key that its provider does not take is stored as well: the provider may be down. */
export async function putProviderKey(tenant: Tenant, provider: CredentialKind, apiKey: string): Promise<ProviderKey> {
  requireFeature(tenant, 'byok')
  const stored = await putCredential(tenant, provider, apiKey)
  const { lastTest } = await tryKey(tenant, stored, apiKey)
  return toProviderKey({ ...stored, lastTest })
}

/** Tries the stored key with its provider. Throws NOT_FOUND when there is none. */
export async function testProviderKey(
  tenant: Tenant,
  provider: CredentialKind,
): Promise<ProviderKeyTest & { ms: number }> {
  const stored = (await listCredentials(tenant)).find((one) => one.provider === provider)
  const apiKey = stored && (await openCredential(tenant, provider))
  if (!stored || !apiKey) throw problem('NOT_FOUND')
  const { lastTest, ms } = await tryKey(tenant, stored, apiKey)
  return { ...described(lastTest), ms }
}

async function tryKey(tenant: Tenant, stored: CredentialSummary, apiKey: string) {
  const { code, ms } = await checkProviderKey(tenant, apiKey)
  const lastTest = { code, at: new Date(tenant.now()).toISOString() }
  await recordTest(tenant, stored, lastTest)
  return { lastTest, ms }
}

function toProviderKey({ lastTest, ...key }: CredentialSummary): ProviderKey {
  return { ...key, lastTest: lastTest && described(lastTest) }
}

const described = ({ code, at }: CredentialTest): ProviderKeyTest => ({
  at,
  ok: code === 'OK',
  code,
  message: MESSAGES[code],
})

const MESSAGES: Record<CredentialTest['code'], string> = {
  OK: 'The provider takes this key.',
  PROVIDER_KEY_INVALID: 'The provider refuses this key, or the key may not use the model.',
  PROVIDER_OVERLOADED:
    'The provider takes no more requests of this key now: it is overloaded, or the account is empty.',
  PROVIDER_TIMEOUT: 'The provider did not answer in time. The key may be right.',
  PROVIDER_ERROR: 'The provider gave no usable answer. The key may be right.',
}
