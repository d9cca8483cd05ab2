import { implement } from '../http/implement.ts'
import { requireFeature } from '../organizations/plans.ts'
import { vaultContract } from './contract.ts'
import { deleteCredential, listCredentials, putCredential } from './credentials.ts'

export const vaultApi = implement(vaultContract, {
  listProviderKeys: async ({ tenant }) => ({ data: await listCredentials(tenant) }),
  putProviderKey: ({ tenant, params, body }) => {
    requireFeature(tenant, 'byok')
    return putCredential(tenant, params.provider, body.apiKey)
  },
  deleteProviderKey: async ({ tenant, params }) => {
    await deleteCredential(tenant, params.provider)
    return undefined
  },
})
