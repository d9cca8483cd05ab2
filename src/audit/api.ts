import type { Tenant } from '../context.ts'
import { listAudit } from '../events/audit.ts'
import { recordExport } from '../events/record.ts'
import { sealAudit, verifyAudit, walkAudit } from '../events/seal.ts'
import { implement } from '../http/implement.ts'
import { ndjson } from '../http/ndjson.ts'
import { auditContract } from './contract.ts'

export const auditApi = implement(auditContract, {
  listAudit: ({ tenant, query }) => {
    const { since, ...rest } = query
    return listAudit(tenant, { ...rest, since: since ? new Date(since) : undefined })
  },
  exportAudit: async ({ tenant }) => {
    await recordExport(tenant)
    await sealAudit(tenant, tenant.org.id)
    return ndjson(exportLines(tenant), `audit-${tenant.org.id}.ndjson`)
  },
  verifyAudit: async ({ tenant }) => {
    await sealAudit(tenant, tenant.org.id).catch(() => tenant.log('error', 'audit_head_changed'))
    return verifyAudit(tenant, tenant.org.id)
  },
})

async function* exportLines(tenant: Tenant): AsyncGenerator<object[]> {
  let entries = 0
  for await (const rows of walkAudit(tenant, tenant.org.id)) {
    entries += rows.length
    yield rows.map(({ orgId, ...row }) => ({ type: 'entry', organizationId: orgId, ...row }))
  }
  yield [{ type: 'end', entries }]
}
