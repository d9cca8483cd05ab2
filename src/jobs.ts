import { forgetDeletedAgent, listAgentIds, listDeletedAgents } from './agents/agents.ts'
import { eraseVersions } from './agents/versions.ts'
import { eraseKeys } from './access/keys.ts'
import { type Runtime, type Tenant, tenantFromJob } from './context.ts'
import { eraseConversations } from './conversations/conversations.ts'
import { expireConversations } from './conversations/expire.ts'
import { listUnsealed, sealAudit } from './events/seal.ts'
import { forgetDeadSessions } from './identity/sessions.ts'
import { knowledgeOf } from './knowledge/documents.ts'
import { eraseSources } from './knowledge/sources.ts'
import { describeError } from './lib/log.ts'
import { findOrganization, organizationsOfTurn } from './organizations/organizations.ts'
import { planOf } from './organizations/plans.ts'
import { SEALED_TABLES } from './sealed-tables.ts'
import { counterOf } from './usage/meter.ts'
import { sweepSealed } from './vault/reseal.ts'

/** Messages of the jobs queue. A queue only speeds things up: what it loses is found by the cron sweep. */
export type Job =
  | { kind: 'agent.erase'; orgId: string; agentId: string }
  /** Settings or keys of embeddings have changed, for one agent or for all. */
  | { kind: 'embeddings.apply'; orgId: string; agentId?: string }

export async function runJob(runtime: Runtime, job: Job): Promise<void> {
  const org = await findOrganization(runtime, job.orgId)
  if (!org) return
  const tenant = tenantFromJob(runtime, org, job.kind)
  switch (job.kind) {
    case 'agent.erase':
      return eraseAgent(tenant, job.agentId)
    case 'embeddings.apply':
      return applyEmbeddings(tenant, job.agentId)
  }
}

/** Finds what a lost queue message should have done. Harmless to run twice. */
export async function sweep(runtime: Runtime): Promise<void> {
  await forgetDeadSessions(runtime).catch((error: unknown) =>
    runtime.log('error', 'sessions_not_forgotten', { error: describeError(error) }),
  )
  await followCurrentKey(runtime).catch((error: unknown) =>
    runtime.log('error', 'secrets_not_resealed', { error: describeError(error) }),
  )
  for (const orgId of await listUnsealed(runtime, 100)) {
    await sealAudit(runtime, orgId).catch((error: unknown) =>
      runtime.log('error', 'not_sealed', { orgId, error: describeError(error) }),
    )
  }
  await sweepRetention(runtime)
  for (const { orgId, id } of await listDeletedAgents(runtime, 50)) {
    try {
      await runJob(runtime, { kind: 'agent.erase', orgId, agentId: id })
    } catch (error) {
      runtime.log('error', 'erasure_failed', { agentId: id, error: describeError(error) })
    }
  }
}

/** After a new key-encryption key became current. Says nothing when there was nothing to do. */
async function followCurrentKey(runtime: Runtime): Promise<void> {
  const { resealed, unopened, missing } = await sweepSealed(runtime, SEALED_TABLES)
  const needsAttention = unopened > 0 || missing.length > 0
  if (resealed === 0 && !needsAttention) return
  const fields = { current: runtime.keyring.current, resealed, unopened, missing: missing.join(' ') || undefined }
  runtime.log(needsAttention ? 'warn' : 'info', 'secrets_resealed', fields)
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Erases conversations that are older than the plan keeps them, of some organizations each time, in small steps. */
async function sweepRetention(runtime: Runtime): Promise<void> {
  let steps = 40
  for (const orgId of await organizationsOfTurn(runtime, Math.floor(runtime.now() / (5 * MINUTE)), 50)) {
    try {
      const org = await findOrganization(runtime, orgId)
      if (!org) continue
      const tenant = tenantFromJob(runtime, org, 'retention')
      const before = new Date(runtime.now() - planOf(org).retentionDays * DAY)
      for (const agentId of await listAgentIds(tenant)) {
        while (steps > 0 && (await expireConversations(tenant, agentId, before))) steps--
      }
    } catch (error) {
      runtime.log('error', 'retention_failed', { orgId, error: describeError(error) })
    }
  }
}

async function applyEmbeddings(tenant: Tenant, agentId: string | undefined): Promise<void> {
  const ids = agentId === undefined ? await listAgentIds(tenant) : [agentId]
  for (const id of ids) await knowledgeOf(tenant, id).settingsChanged()
}

/** The agent's own row goes last: until then the sweep finds it again. */
async function eraseAgent(tenant: Tenant, agentId: string): Promise<void> {
  // Sources first: a sync that is running would fill the index again.
  await eraseSources(tenant, agentId)
  await knowledgeOf(tenant, agentId).purge()
  await counterOf(tenant, agentId).erase()
  await eraseKeys(tenant, agentId)
  await eraseVersions(tenant, agentId)
  while (await eraseConversations(tenant, agentId));
  await forgetDeletedAgent(tenant, agentId)
}
