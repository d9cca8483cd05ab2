import { and, desc, eq, lt } from 'drizzle-orm'
import type { Tenant } from '../context.ts'
import { type SourceSettings, sources } from '../db/schema/knowledge.ts'
import { record } from '../events/record.ts'
import { readCursor, toPage } from '../lib/cursor.ts'
import { problem } from '../lib/problem.ts'
import type { SourceChange } from './source-schemas.ts'
import { describeReason } from './sync/reasons.ts'
import { type PageState, type PageStatus, type SourceStatus, toSite } from './sync/source.ts'

export type SourceRow = typeof sources.$inferSelect

/** The object of a source: it owns the journal of its sync. */
export function syncOf(tenant: Tenant, agentId: string, sourceId: string) {
  return tenant.sourceSync.getByName(`${tenant.org.id}/${agentId}/${sourceId}`)
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
  return withStatus(tenant, await getSourceRow(tenant, agentId, id))
}

/** Throws NOT_FOUND. */
export async function getSourceRow(tenant: Tenant, agentId: string, id: string): Promise<SourceRow> {
  const [row] = await tenant.db
    .select()
    .from(sources)
    .where(isSource(tenant, agentId, id))
  if (!row) throw problem('NOT_FOUND')
  return row
}

/** Asked once a source has begun: its row may be gone since it was read. */
export async function hasSource(tenant: Tenant, agentId: string, id: string): Promise<boolean> {
  const rows = await tenant.db
    .select({ id: sources.id })
    .from(sources)
    .where(isSource(tenant, agentId, id))
  return rows.length > 0
}

/** Only what is given is changed. The object hears of it first: it is what acts on it. */
export async function updateSource(tenant: Tenant, agentId: string, id: string, change: SourceChange) {
  const row = await getSourceRow(tenant, agentId, id)
  const { name = row.name, everyHours, ...site } = change
  const isSite = row.kind === 'site' || row.kind === 'page'
  const settings = {
    ...row.settings,
    ...site,
    ...(everyHours === undefined ? {} : { everyHours: everyHours ?? undefined }),
  }
  if (!isSite && (everyHours !== undefined || Object.keys(site).length > 0)) {
    throw problem('VALIDATION_FAILED', { message: 'Only sites and pages are crawled; this source has just a name.' })
  }
  if (row.kind === 'page' && Object.keys(site).length > 0) {
    throw problem('VALIDATION_FAILED', { message: 'A page is read alone; only its name and schedule can be changed.' })
  }
  if (isSite) await syncOf(tenant, agentId, id).configure(siteOf(settings))
  const update = tenant.db
    .update(sources)
    .set({ name, settings })
    .where(isSource(tenant, agentId, id))
  await tenant.db.batch([update, ...record(tenant, { action: 'source.updated', target: id })])
  return withStatus(tenant, { ...row, name, settings })
}

export async function listSourcePages(
  tenant: Tenant,
  agentId: string,
  id: string,
  { state, limit, after }: { state?: PageState | undefined; limit: number; after?: number | undefined },
) {
  await getSourceRow(tenant, agentId, id)
  const query = { limit: limit + 1, ...(state ? { state } : {}), ...(after === undefined ? {} : { after }) }
  const pages = await syncOf(tenant, agentId, id).pages(query)
  const shown = pages.slice(0, limit)
  return { data: shown.map(toPageView), next: pages.length > limit ? (shown.at(-1)?.position ?? null) : null }
}

export async function getPairs(tenant: Tenant, agentId: string, id: string) {
  const { kind } = await getSourceRow(tenant, agentId, id)
  if (kind !== 'pairs') throw problem('NOT_FOUND')
  return { pairs: await syncOf(tenant, agentId, id).pairs() }
}

export async function deleteSource(tenant: Tenant, agentId: string, id: string): Promise<void> {
  await getSourceRow(tenant, agentId, id)
  await syncOf(tenant, agentId, id).erase()
  const remove = tenant.db.delete(sources).where(isSource(tenant, agentId, id))
  await tenant.db.batch([remove, ...record(tenant, { action: 'source.deleted', target: id })])
  // What replaced it between the two; what begins from here on sees that its row is gone.
  await syncOf(tenant, agentId, id).erase()
}

/** Ends and forgets all sources of a deleted agent. */
export async function eraseSources(tenant: Tenant, agentId: string): Promise<void> {
  const rows = await tenant.db.select({ id: sources.id }).from(sources).where(isOfAgent(tenant, agentId))
  for (const { id } of rows) await syncOf(tenant, agentId, id).erase()
  await tenant.db.delete(sources).where(isOfAgent(tenant, agentId))
  // As in `deleteSource`.
  for (const { id } of rows) await syncOf(tenant, agentId, id).erase()
}

export const isOfAgent = (tenant: Tenant, agentId: string) =>
  and(eq(sources.orgId, tenant.org.id), eq(sources.agentId, agentId))

const isSource = (tenant: Tenant, agentId: string, id: string) => and(isOfAgent(tenant, agentId), eq(sources.id, id))

/** A page is a site of one page. */
export function siteOf({ url = '', ...settings }: SourceSettings) {
  return toSite({ url, ...settings })
}

const NOTHING = { pending: 0, done: 0, failed: 0, skipped: 0 }
const NO_CHANGES = { added: 0, updated: 0, unchanged: 0, removed: 0 }
const iso = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString())

export async function withStatus(tenant: Tenant, row: SourceRow) {
  const { id, agentId, kind, name, settings, createdAt } = row
  const status: SourceStatus | undefined = await syncOf(tenant, agentId, id).status()
  const pages = status?.pages ?? NOTHING
  const done = pages.done + pages.failed + pages.skipped
  return {
    id,
    kind,
    name,
    url: settings.url ?? null,
    // Whoever made the row died before the object began: a sync, or the file once more, begins it.
    state: status?.state ?? ('new' as const),
    progress: { done, total: done + pages.pending },
    documents: status?.documents ?? 0,
    chunks: status?.chunks ?? 0,
    pages,
    changes: status?.changes ?? NO_CHANGES,
    limit: status?.limit ?? null,
    error: status?.error ?? null,
    settings: kind === 'site' || kind === 'page' ? settingsView(settings) : null,
    createdAt: createdAt.toISOString(),
    startedAt: iso(status?.startedAt),
    finishedAt: iso(status?.finishedAt),
    lastSyncedAt: iso(status?.syncedAt),
    nextSyncAt: iso(status?.nextSyncAt),
  }
}

function settingsView(settings: SourceSettings) {
  const { include, exclude, maxPages, maxDepth, everyHours = null } = siteOf(settings)
  return { include, exclude, maxPages, maxDepth, everyHours }
}

/** Rows of files and pairs have an address of our own making, which is nobody's business. */
function toPageView({ url, state, title, reason, documentId, chunks, attempts, fetchedAt }: PageStatus) {
  return {
    url: /^https?:/.test(url) ? url : null,
    state,
    title: title ?? null,
    reason: reason ?? null,
    message: reason === undefined ? null : describeReason(reason),
    documentId: documentId ?? null,
    chunks,
    attempts,
    fetchedAt: iso(fetchedAt),
  }
}
