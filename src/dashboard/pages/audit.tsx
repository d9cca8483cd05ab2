import { type AuditEntry, type AuditQuery, listAudit } from '../../events/audit.ts'
import { recordExport } from '../../events/record.ts'
import { Frame } from '../frame.tsx'
import { namesOf } from '../names.ts'
import { Card, Empty, More, Table } from '../parts/card.tsx'
import { Ago, ShortId } from '../parts/text.tsx'
import type { Download, Page } from '../visit.ts'

const AREAS = [
  ['', 'Everything'],
  ['agent', 'Agents'],
  ['source', 'Sources'],
  ['api_key', 'Keys'],
  ['credential', 'Provider keys'],
  ['member', 'Members'],
  ['invitation', 'Invitations'],
  ['session', 'Sessions'],
  ['organization', 'Workspace'],
] as const
const DAYS = [
  ['', 'Any time'],
  ['1', 'Last day'],
  ['7', 'Last 7 days'],
  ['30', 'Last 30 days'],
] as const

/** The filter is the address: it can be kept, sent and exported. */
function filterOf(url: URL, now: number): Omit<AuditQuery, 'limit'> {
  const text = (name: string) => url.searchParams.get(name) || undefined
  const days = Number(text('days')) || undefined
  return {
    cursor: text('before'),
    action: text('action'),
    target: text('target'),
    since: days === undefined ? undefined : new Date(now - days * 86_400_000),
  }
}

const audit: Page = {
  path: '/audit',
  scope: 'audit:read',
  render: async (visit) => {
    const { tenant, url } = visit
    const entries = await listAudit(tenant, { ...filterOf(url, tenant.now()), limit: 50 })
    const names = await namesOf(
      tenant,
      entries.data.map(({ actorId }) => actorId),
    )
    const query = new URLSearchParams(url.searchParams)
    query.delete('before')
    return (
      <Frame
        visit={visit}
        title="Audit log"
        actions={
          <a class="btn" href={`/audit.csv?${query.toString()}`} download="audit.csv">
            Export CSV
          </a>
        }
      >
        <Card title="Who did what">
          <form class="pad bar" action="/audit" aria-label="Filter">
            <Choice url={url} name="action" label="About" options={AREAS} />
            <Choice url={url} name="days" label="When" options={DAYS} />
            <label for="target">Id</label>
            <input
              id="target"
              name="target"
              class="mono"
              value={url.searchParams.get('target') ?? ''}
              placeholder="agt_…"
            />
            <button class="btn">Filter</button>
          </form>
          {entries.data.length === 0 ? (
            <Empty text="Nothing fits this filter." />
          ) : (
            <Table label="Audit log" head={['When', 'Who', 'Did', 'To', 'Request']}>
              {entries.data.map((entry) => (
                <Row entry={entry} name={names.get(entry.actorId)} />
              ))}
            </Table>
          )}
          <More url={url} name="before" cursor={entries.pagination.nextCursor} />
        </Card>
      </Frame>
    )
  },
}

type ChoiceProps = { url: URL; name: string; label: string; options: readonly (readonly [string, string])[] }

const Choice = ({ url, name, label, options }: ChoiceProps) => (
  <span class="bar">
    <label for={name}>{label}</label>
    <select id={name} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={value === (url.searchParams.get(name) ?? '')}>
          {text}
        </option>
      ))}
    </select>
  </span>
)

const Row = ({ entry, name }: { entry: AuditEntry; name: string | undefined }) => (
  <tr>
    <td class="muted">
      <Ago at={entry.createdAt} />
    </td>
    <td>{name ?? (entry.actorType === 'job' ? `job ${entry.actorId}` : <ShortId>{entry.actorId}</ShortId>)}</td>
    <td class="mono">{entry.action}</td>
    <td>
      <ShortId>{entry.target}</ShortId>
    </td>
    <td>
      <ShortId>{entry.requestId}</ShortId>
    </td>
  </tr>
)

const EXPORTED = 5_000
const COLUMNS = ['createdAt', 'actorType', 'actorId', 'action', 'target', 'requestId', 'id'] as const

/** The filtered list as CSV. A cell that a spreadsheet would take for a formula gets a quote before it. */
const csv: Download = {
  path: '/audit.csv',
  scope: 'audit:read',
  respond: async ({ tenant, url }) => {
    const filter = filterOf(url, tenant.now())
    await recordExport(tenant)
    const lines = [COLUMNS.join(',')]
    let cursor: string | undefined
    do {
      const page = await listAudit(tenant, { ...filter, cursor, limit: 500 })
      lines.push(...page.data.map((entry) => COLUMNS.map((column) => cell(entry[column])).join(',')))
      cursor = page.pagination.nextCursor ?? undefined
    } while (cursor && lines.length <= EXPORTED)
    return new Response(`${lines.join('\r\n')}\r\n`, {
      headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="audit.csv"' },
    })
  },
}

const cell = (text: string) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`

export const auditPages = [audit]
export const auditDownloads = [csv]
