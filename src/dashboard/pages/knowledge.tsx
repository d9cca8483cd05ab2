import { describeKnowledge, listDocuments } from '../../knowledge/documents.ts'
import { listSources } from '../../knowledge/sources.ts'
import { planOf } from '../../organizations/plans.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card, Empty, More, Table } from '../parts/card.tsx'
import { IndexCard } from '../parts/index-card.tsx'
import { SearchCard } from '../parts/search-card.tsx'
import { SourceRow } from '../parts/sources.tsx'
import { Ago, bytes, count } from '../parts/text.tsx'
import type { Page, Visit } from '../visit.ts'

const AddButton = ({ visit, primary = false }: { visit: Visit; primary?: boolean }) =>
  visit.may('knowledge:write') ? (
    <a class={primary ? 'btn p' : 'btn'} href={`/agents/${agentOf(visit).id}/knowledge/add`}>
      Add source
    </a>
  ) : null

export const knowledge: Page = {
  path: '/agents/:agentId/knowledge',
  scope: 'knowledge:read',
  render: async (visit) => {
    const { tenant, url } = visit
    const agent = agentOf(visit)
    const cursor = url.searchParams.get('sources') ?? undefined
    const after = url.searchParams.get('documents') ?? undefined
    const [sources, documents, index] = await Promise.all([
      listSources(tenant, agent.id, { limit: 20, cursor }),
      listDocuments(tenant, agent.id, { limit: 20, cursor: after }),
      describeKnowledge(tenant, agent.id),
    ])
    const isEmpty = sources.data.length === 0 && documents.data.length === 0 && !cursor && !after
    return (
      <AgentFrame visit={visit} actions={<AddButton visit={visit} primary />}>
        {isEmpty ? (
          <Card title="Sources">
            <Empty text="The agent answers only from sources. Add one.">
              <AddButton visit={visit} primary />
            </Empty>
          </Card>
        ) : (
          <div class="two">
            <div class="stack">
              <Sources visit={visit} page={sources} />
              <Documents visit={visit} page={documents} />
            </div>
            <div class="stack">
              <SearchCard visit={visit} />
              <IndexCard of={index} />
            </div>
          </div>
        )}
      </AgentFrame>
    )
  },
}

const Sources = ({ visit, page }: { visit: Visit; page: Awaited<ReturnType<typeof listSources>> }) => (
  <Card title="Sources">
    {page.data.length === 0 ? (
      <Empty text="No site, file or Q&A yet: what it knows are the texts below." />
    ) : (
      <Table label="Sources" head={['Source', 'Kind', 'State', 'Documents#', 'Chunks#', 'Last sync']}>
        {page.data.map((source) => (
          <SourceRow of={source} agentId={agentOf(visit).id} />
        ))}
      </Table>
    )}
    <More url={visit.url} name="sources" cursor={page.pagination.nextCursor} />
  </Card>
)

const Documents = ({ visit, page }: { visit: Visit; page: Awaited<ReturnType<typeof listDocuments>> }) => {
  const base = `/agents/${agentOf(visit).id}/knowledge/documents`
  return (
    <Card
      title="Documents"
      state={
        <span class="small muted">newest first, up to {count(planOf(visit.tenant.org).documents)} on your plan</span>
      }
    >
      {page.data.length === 0 ? (
        <Empty text="No documents yet. They appear here as sources are read." />
      ) : (
        <Table label="Documents" head={['Title', 'Size#', 'Chunks#', 'Changed']}>
          {page.data.map(({ id, title, bytes: size, chunks, updatedAt, url }) => (
            <tr>
              <td class="wide line">
                <a href={`${base}/${id}`}>{title}</a>
                {url && <span class="small muted block">{url}</span>}
              </td>
              <td class="n nowrap">{bytes(size)}</td>
              <td class="n">{count(chunks)}</td>
              <td class="muted">
                <Ago at={updatedAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More url={visit.url} name="documents" cursor={page.pagination.nextCursor} />
    </Card>
  )
}

export const knowledgePages = [knowledge]
