import { type SQL, sql } from 'drizzle-orm'
import { listAgentIds } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { record } from '../events/record.ts'
import { getDocument, listDocuments } from '../knowledge/documents.ts'
import { Problem } from '../lib/problem.ts'
import { type Holding, HOLDINGS } from './holdings.ts'

type Row = Record<string, string | number | null>

const PAGE = 100
/** Columns that hold JSON are given as what they mean. */
const JSON_COLUMNS =
  /^(?:limit_overrides|behavior|draft|allowed_origins|scopes|settings|citations|grounding|action|data|details)$/

/**
 * Everything of an organization, a page at a time: its rows of D1 without secrets, then the documents of its agents.
 * The audit log tells of the export, which holds that entry too. It is read while the organization lives on: what
 * changes meanwhile is in it as it was before or after.
 */
export async function* exportOrganization(tenant: Tenant): AsyncGenerator<object[]> {
  const [told] = record(tenant, { action: 'organization.exported', target: tenant.org.id })
  if (told) await tenant.db.batch([told])
  const counts: Record<string, number> = {}
  for (const holding of HOLDINGS) {
    counts[holding.name] = 0
    for await (const rows of rowsOf(tenant, holding)) {
      counts[holding.name] = (counts[holding.name] ?? 0) + rows.length
      yield rows.map((row) => toLine(holding, row))
    }
  }
  counts.documents = 0
  for (const agentId of await listAgentIds(tenant)) {
    for await (const document of documentsOf(tenant, agentId)) {
      counts.documents++
      yield [{ type: 'document', agentId, document }]
    }
  }
  yield [{ type: 'end', counts }]
}

async function* rowsOf(tenant: Tenant, { name, from = name, org = 'org_id', key }: Holding): AsyncGenerator<Row[]> {
  // Names come from the list of holdings only; values are bound.
  const table = sql.raw(from)
  const columns = sql.raw(key.join(', '))
  let after: SQL = sql``
  for (let count = PAGE; count === PAGE;) {
    const wanted = sql`${sql.raw(org)} = ${tenant.org.id} ${after}`
    const rows = await tenant.db.all<Row>(sql`select * from ${table} where ${wanted} order by ${columns} limit ${PAGE}`)
    count = rows.length
    const last = rows.at(-1)
    if (!last) return
    const values = key.map((column) => sql`${last[column] ?? null}`)
    after = sql`and (${columns}) > (${sql.join(values, sql`, `)})`
    yield rows
  }
}

function toLine({ name, secret = [] }: Holding, row: Row): object {
  const told = Object.entries(row)
    .filter(([column]) => !secret.includes(column))
    .map(([column, value]) => [column, JSON_COLUMNS.test(column) ? parsed(value) : value])
  return { type: 'row', table: name, row: Object.fromEntries(told) as object }
}

/** Some columns of these names hold a word and no JSON. */
function parsed(value: string | number | null): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  return JSON.parse(value)
}

async function* documentsOf(tenant: Tenant, agentId: string) {
  for (let cursor: string | undefined, hasMore = true; hasMore;) {
    const page = await listDocuments(tenant, agentId, { limit: PAGE, cursor })
    for (const { id } of page.data) {
      try {
        yield await getDocument(tenant, agentId, id)
      } catch (error) {
        // Deleted since the page was read.
        if (!(error instanceof Problem)) throw error
      }
    }
    cursor = page.pagination.nextCursor ?? undefined
    hasMore = cursor !== undefined
  }
}
