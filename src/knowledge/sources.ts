import { and, desc, eq, lt } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { sources } from '../db/schema/knowledge.ts'
import { record } from '../events/record.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { newId } from '../lib/ids.ts'
import { problem } from '../lib/problem.ts'
import { planOf } from '../organizations/plans.ts'
import type { PageState, SiteInput, SourceStatus, Started } from './sync/source.ts'

type Row = typeof sources.$inferSelect

/** The object of a source: it owns the journal of its sync. */
export function syncOf(tenant: Tenant, agentId: string, sourceId: string) {
  return tenant.sourceSync.getByName(`${tenant.org.id}/${agentId}/${sourceId}`)
}

export async function addSite(
  tenant: Tenant,
  agentId: string,
  { name, ...site }: SiteInput & { name?: string | undefined },
) {
  const row = newRow(tenant, agentId, 'site', name ?? new URL(site.url).host, site)
  const owner = ownerOf(tenant, agentId, row.id)
  const started = await syncOf(tenant, agentId, row.id).start({ ...owner, site })
  return store(tenant, row, started, 'url')
}

export async function addFile(
  tenant: Tenant,
  agentId: string,
  file: { name: string; contentType?: string | undefined; url?: string | undefined },
  bytes: Uint8Array,
) {
  const row = newRow(tenant, agentId, 'file', file.name, file.url ? { url: file.url } : {})
  const owner = ownerOf(tenant, agentId, row.id)
  const { name, contentType, url } = file
  const description = { name, ...(contentType ? { contentType } : {}), ...(url ? { url } : {}) }
  const started = await syncOf(tenant, agentId, row.id).startFile({ ...owner, file: description }, parts(bytes))
  return store(tenant, row, started, 'body')
}

export async function listSources(
  tenant: Tenant,
  agentId: string,
  query: { limit: number; cursor?: string | undefined },
) {
  const after = readCursor('src', query.cursor)
  const rows = await tenant.db
    .select()
    .from(sources)
    .where(and(isOfAgent(tenant, agentId), after ? lt(sources.id, after) : undefined))
    .orderBy(desc(sources.id))
    .limit(query.limit + 1)
  const { data, pagination } = toPage(rows, query.limit)
  return { data: await Promise.all(data.map((row) => withStatus(tenant, row))), pagination }
}

export async function getSource(tenant: Tenant, agentId: string, id: string) {
  return withStatus(tenant, await getRow(tenant, agentId, id))
}

export async function listSourcePages(
  tenant: Tenant,
  agentId: string,
  id: string,
  { state, limit, after }: { state?: PageState | undefined; limit: number; after?: number | undefined },
) {
  await getRow(tenant, agentId, id)
  const query = { limit: limit + 1, ...(state ? { state } : {}), ...(after === undefined ? {} : { after }) }
  const pages = await syncOf(tenant, agentId, id).pages(query)
  const shown = pages.slice(0, limit)
  return {
    data: shown.map(({ url, state: is, title, reason, documentId, attempts, fetchedAt }) => ({
      url,
      state: is,
      title: title ?? null,
      reason: reason ?? null,
      documentId: documentId ?? null,
      attempts,
      fetchedAt: fetchedAt === undefined ? null : new Date(fetchedAt).toISOString(),
    })),
    next: pages.length > limit ? (shown.at(-1)?.position ?? null) : null,
  }
}

export async function syncSource(tenant: Tenant, agentId: string, id: string) {
  const row = await getRow(tenant, agentId, id)
  const started = await syncOf(tenant, agentId, id).sync()
  if (!started.started) throw problem('CONFLICT', { message: REASONS[started.reason] })
  return withStatus(tenant, row)
}

export async function deleteSource(tenant: Tenant, agentId: string, id: string): Promise<void> {
  await getRow(tenant, agentId, id)
  await syncOf(tenant, agentId, id).erase()
  const remove = tenant.db.delete(sources).where(and(isOfAgent(tenant, agentId), eq(sources.id, id)))
  await tenant.db.batch([remove, ...record(tenant, { action: 'source.deleted', target: id })])
}

/** Ends and forgets all sources of a deleted agent. */
export async function eraseSources(tenant: Tenant, agentId: string): Promise<void> {
  const rows = await tenant.db.select({ id: sources.id }).from(sources).where(isOfAgent(tenant, agentId))
  for (const { id } of rows) await syncOf(tenant, agentId, id).erase()
  await tenant.db.delete(sources).where(isOfAgent(tenant, agentId))
}

const isOfAgent = (tenant: Tenant, agentId: string) =>
  and(eq(sources.orgId, tenant.org.id), eq(sources.agentId, agentId))

const ownerOf = (tenant: Tenant, agentId: string, sourceId: string) => ({
  orgId: tenant.org.id,
  agentId,
  sourceId,
  servedOn: originOf(tenant),
  maxDocuments: planOf(tenant.org).documents,
})

/** Sources are added by requests, and requests come by an address. */
function originOf({ servedOn }: Tenant): string {
  if (servedOn === undefined) throw new Error('sources are not added by jobs')
  return servedOn
}

function newRow(tenant: Tenant, agentId: string, kind: Row['kind'], name: string, settings: object): Row {
  const createdAt = new Date(tenant.now())
  return { orgId: tenant.org.id, agentId, id: newId('src'), kind, name, settings: { ...settings }, createdAt }
}

/** The object comes first, as it may refuse; a row that is lost after it leaves an object that nothing names. */
async function store(tenant: Tenant, row: Row, started: Started, param: string) {
  if (!started.started) throw problem('VALIDATION_FAILED', { message: `${param}: ${REASONS[started.reason]}`, param })
  const insert = tenant.db.insert(sources).values(row)
  await tenant.db.batch([insert, ...record(tenant, { action: 'source.added', target: row.id })])
  return withStatus(tenant, row)
}

const REASONS: Record<Extract<Started, { started: false }>['reason'], string> = {
  'refused-url': 'is not an address on the public internet',
  'too-large': 'is larger than 25 MB',
  empty: 'is empty',
  running: 'A sync of this source is running.',
  'not-a-site': 'A file is read once; upload it again to replace it.',
  unknown: 'The source is being deleted.',
  erasing: 'The source is being deleted.',
}

async function getRow(tenant: Tenant, agentId: string, id: string): Promise<Row> {
  const [row] = await tenant.db
    .select()
    .from(sources)
    .where(and(isOfAgent(tenant, agentId), eq(sources.id, id)))
  if (!row) throw problem('NOT_FOUND')
  return row
}

const NOTHING = { pending: 0, done: 0, failed: 0, skipped: 0 }
const NO_CHANGES = { added: 0, updated: 0, unchanged: 0, removed: 0 }
const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString())

async function withStatus(tenant: Tenant, row: Row) {
  const status: SourceStatus | undefined = await syncOf(tenant, row.agentId, row.id).status()
  const { url } = row.settings
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    url: typeof url === 'string' ? url : null,
    state: status?.state ?? ('erasing' as const),
    pages: status?.pages ?? NOTHING,
    changes: status?.changes ?? NO_CHANGES,
    limit: status?.limit ?? null,
    error: status?.error ?? null,
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(status?.startedAt),
    finishedAt: iso(status?.finishedAt),
    nextSyncAt: iso(status?.nextSyncAt),
  }
}

const PART_BYTES = 1_000_000

/** Remote calls carry 32 MB; parts keep each value small. */
function parts(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / PART_BYTES) }, (_, i) =>
    bytes.slice(i * PART_BYTES, (i + 1) * PART_BYTES),
  )
}
