import { implement } from '../http/implement.ts'
import { ndjson } from '../http/ndjson.ts'
import { privacyContract } from './contract.ts'
import { exportOrganization } from './export-organization.ts'

export const privacyApi = implement(privacyContract, {
  exportOrganization: async ({ tenant }) => ndjson(exportOrganization(tenant), `${tenant.org.id}.ndjson`),
})
