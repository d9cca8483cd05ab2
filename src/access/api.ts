import { implement } from '../http/implement.ts'
import { accessContract } from './contract.ts'
import { createKey, listKeys, revokeKey, rotateKey } from './keys.ts'

export const accessApi = implement(accessContract, {
  createKey: ({ tenant, params, body }) => createKey(tenant, params.agentId, body),
  listKeys: ({ tenant, params, query }) => listKeys(tenant, params.agentId, query),
  rotateKey: ({ tenant, params, body }) => rotateKey(tenant, params.agentId, params.keyId, body.graceSeconds),
  revokeKey: async ({ tenant, params }) => {
    await revokeKey(tenant, params.agentId, params.keyId)
    return undefined
  },
})
