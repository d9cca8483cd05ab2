import { sql } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { atMost, isOverLimit } from '../db/row-limit.ts'
import { type SourceSettings, sources } from '../db/schema/knowledge.ts'
import { record } from '../events/record.ts'
import type { Upload } from '../http/implement.ts'
import { FetchFailure } from '../lib/fetch-failure.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { requireAllowed } from '../lib/safe-fetch.ts'
import { planOf } from '../organizations/plans.ts'
import type { NewSource } from './source-schemas.ts'
import { getSourceRow, hasSource, isOfAgent, siteOf, type SourceRow, syncOf, withStatus } from './sources.ts'
import type { Pair, Started } from './sync/source.ts'

/** Of an agent: each may crawl at the same time. */
const MAX_SOURCES = 100

export type FileName = { name: string; url?: string | undefined }

/** Throws VALIDATION_FAILED for an address that may not be called, CONFLICT when the agent has too many sources. */
export async function addSource(tenant: Tenant, agentId: string, input: NewSource) {
  if (input.kind === 'pairs') {
    const row = await insertSource(tenant, agentId, 'pairs', input.name, {})
    return begun(tenant, row, await startPairs(tenant, row, input.pairs))
  }
  requirePublicUrl(tenant, input.url)
  const { kind, name = new URL(input.url).host, ...settings } = input
  const row = await insertSource(tenant, agentId, kind, name, kind === 'page' ? { ...settings, maxDepth: 0 } : settings)
  return begun(tenant, row, await startSite(tenant, row))
}

export async function addFile(tenant: Tenant, agentId: string, { name, url }: FileName, upload: Upload) {
  const row = await insertSource(tenant, agentId, 'file', name, url ? { url } : {})
  return begun(tenant, row, await startFile(tenant, row, upload))
}

export async function replaceFile(
  tenant: Tenant,
  agentId: string,
  id: string,
  { name, url }: FileName,
  upload: Upload,
) {
  const before = await getSourceRow(tenant, agentId, id)
  if (before.kind !== 'file') throw problem('NOT_FOUND')
  const row = { ...before, name, settings: url ? { url } : {} }
  await requireBegun(tenant, row, await startFile(tenant, row, upload))
  const { settings } = row
  const update = tenant.db
    .update(sources)
    .set({ name, settings })
    .where(sql`${isOfAgent(tenant, agentId)} and ${sources.id} = ${id}`)
  await tenant.db.batch([update, ...record(tenant, { action: 'source.replaced', target: id })])
  return withStatus(tenant, row)
}

export async function replacePairs(tenant: Tenant, agentId: string, id: string, pairs: Pair[]) {
  const row = await getSourceRow(tenant, agentId, id)
  if (row.kind !== 'pairs') throw problem('NOT_FOUND')
  await requireBegun(tenant, row, await startPairs(tenant, row, pairs))
  const [told, ...more] = record(tenant, { action: 'source.replaced', target: id })
  if (told) await tenant.db.batch([told, ...more])
  return withStatus(tenant, row)
}

/** Throws CONFLICT while a sync is running, and for what is read only once. */
export async function syncSource(tenant: Tenant, agentId: string, id: string) {
  const row = await getSourceRow(tenant, agentId, id)
  let started = await syncOf(tenant, agentId, id).sync(planOf(tenant.org).documents)
  const isSite = row.kind === 'site' || row.kind === 'page'
  // Its row was made, and whoever made it died before the object heard of it.
  if (!started.started && started.reason === 'unknown' && isSite) started = await startSite(tenant, row)
  return begun(tenant, row, started)
}

export async function cancelSource(tenant: Tenant, agentId: string, id: string) {
  const row = await getSourceRow(tenant, agentId, id)
  await syncOf(tenant, agentId, id).cancel()
  return withStatus(tenant, row)
}

async function insertSource(
  tenant: Tenant,
  agentId: string,
  kind: SourceRow['kind'],
  name: string,
  settings: SourceSettings,
): Promise<SourceRow> {
  const { db, org } = tenant
  const createdAt = new Date(tenant.now())
  const row: SourceRow = { orgId: org.id, agentId, id: newId('src'), kind, name, settings, createdAt }
  const own = sql`select count(*) from ${sources} where ${isOfAgent(tenant, agentId)}`
  const told = record(tenant, { action: 'source.added', target: row.id })
  try {
    await db.batch([db.insert(sources).values(row), atMost(db, MAX_SOURCES, own), ...told])
  } catch (error) {
    if (!isOverLimit(error)) throw error
    throw problem('CONFLICT', { message: `An agent has at most ${MAX_SOURCES} sources. Delete one first.` })
  }
  return row
}

const startSite = (tenant: Tenant, row: SourceRow) =>
  syncOf(tenant, row.agentId, row.id).start({ ...ownerOf(tenant, row), site: siteOf(row.settings) })

const startPairs = (tenant: Tenant, row: SourceRow, pairs: Pair[]) =>
  syncOf(tenant, row.agentId, row.id).startPairs({ ...ownerOf(tenant, row), pairs })

function startFile(tenant: Tenant, row: SourceRow, { bytes, contentType }: Upload) {
  const { url } = row.settings
  const file = { name: row.name, ...(contentType ? { contentType } : {}), ...(url ? { url } : {}) }
  return syncOf(tenant, row.agentId, row.id).startFile({ ...ownerOf(tenant, row), file }, parts(bytes))
}

function ownerOf(tenant: Tenant, { agentId, id }: SourceRow) {
  const { org, servedOn } = tenant
  // Sources are begun by requests, and requests come by an address.
  if (servedOn === undefined) throw new Error('no job begins a source')
  return { orgId: org.id, agentId, sourceId: id, servedOn, maxDocuments: planOf(org).documents }
}

function requirePublicUrl(tenant: Tenant, url: string): void {
  try {
    requireAllowed(tenant.outbound(), url, true)
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error
    throw problem('VALIDATION_FAILED', { message: 'url: is not an address on the public internet', param: 'url' })
  }
}

async function begun(tenant: Tenant, row: SourceRow, started: Started) {
  await requireBegun(tenant, row, started)
  return withStatus(tenant, row)
}

const REASONS: Record<Extract<Started, { started: false }>['reason'], string> = {
  'refused-url': 'The address is not on the public internet.',
  'too-large': 'The file is larger than 25 MB.',
  empty: 'The source is empty.',
  running: 'A sync of this source is running.',
  'read-once': 'Files and pairs are read once; send them again to replace them.',
  unknown: 'Nothing of it was ever read, or it is being deleted: send the file or the pairs again.',
  erasing: 'The source is being deleted.',
}

/** Throws CONFLICT, and NOT_FOUND when it was deleted meanwhile: it would run on, and nobody could see or end it. */
async function requireBegun(tenant: Tenant, { agentId, id }: SourceRow, started: Started): Promise<void> {
  if (!started.started) throw problem('CONFLICT', { message: REASONS[started.reason] })
  if (await hasSource(tenant, agentId, id)) return
  await syncOf(tenant, agentId, id).erase()
  throw problem('NOT_FOUND')
}

const PART_BYTES = 1_000_000

/** Values of a remote call stay small. */
function parts(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, i) =>
    bytes.slice(i * PART_BYTES, (i + 1) * PART_BYTES),
  )
}
