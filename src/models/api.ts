import { implement } from '../http/implement.ts'
import { deleteCredential } from '../vault/credentials.ts'
import { modelsContract } from './contract.ts'
import { listProviderKeys, putProviderKey, testProviderKey } from './provider-keys.ts'

export const modelsApi = implement(modelsContract, {
  listProviderKeys: async ({ tenant }) => ({ data: await listProviderKeys(tenant) }),
  putProviderKey: ({ tenant, params, body }) => putProviderKey(tenant, params.provider, body.apiKey),
  testProviderKey: ({ tenant, params }) => testProviderKey(tenant, params.provider),
  deleteProviderKey: async ({ tenant, params }) => {
    await deleteCredential(tenant, params.provider)
    return undefined
  },
})
