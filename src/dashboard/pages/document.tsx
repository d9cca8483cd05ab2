import { deleteDocument, getDocument } from '../../knowledge/documents.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card, Facts } from '../parts/card.tsx'
import { ActionButton } from '../parts/form.tsx'
import { Ago, bytes, count, Id } from '../parts/text.tsx'
import type { Action, Page } from '../visit.ts'

const detail: Page = {
  path: '/agents/:agentId/knowledge/documents/:documentId',
  scope: 'knowledge:read',
  render: async (visit) => {
    const agent = agentOf(visit)
    const document = await getDocument(visit.tenant, agent.id, visit.params.documentId ?? '')
    const { id, title, url, format, content, chunks, contentHash, createdAt, updatedAt } = document
    return (
      <AgentFrame visit={visit}>
        <div class="bar">
          <a class="crumb" href={`/agents/${agent.id}/knowledge`}>
            Knowledge /
          </a>
          <h2>{title}</h2>
          <Id>{id}</Id>
          <span class="grow"></span>
          {visit.may('knowledge:write') && (
            <ActionButton
              visit={visit}
              name="delete"
              action={`/agents/${agent.id}/knowledge/documents/${id}/delete`}
              class="btn danger"
              confirm={`Delete “${title}”? The next answer does not know it any more.`}
            >
              Delete
            </ActionButton>
          )}
        </div>
        <div class="two">
          <Card title="As the agent reads it">
            <pre class="wrap" tabindex={0} role="region" aria-label="Content">
              {content}
            </pre>
          </Card>
          <Card title="Document">
            <div class="pad">
              <Facts
                of={[
                  [
                    'Address',
                    url && (
                      <a href={url} rel="noreferrer">
                        {url}
                      </a>
                    ),
                  ],
                  ['Format', format],
                  ['Size', bytes(document.bytes)],
                  ['Chunks', count(chunks)],
                  [
                    'SHA-256',
                    <span class="mono" title={contentHash}>
                      {contentHash.slice(0, 12)}…
                    </span>,
                  ],
                  ['Added', <Ago at={createdAt} />],
                  ['Changed', <Ago at={updatedAt} />],
                ]}
              />
            </div>
          </Card>
        </div>
      </AgentFrame>
    )
  },
}

const remove: Action = {
  path: '/agents/:agentId/knowledge/documents/:documentId/delete',
  scope: 'knowledge:write',
  again: detail,
  act: async (visit) => {
    const { id } = agentOf(visit)
    await deleteDocument(visit.tenant, id, visit.params.documentId ?? '')
    return {
      to: `/agents/${id}/knowledge`,
      flash: { text: 'The document is deleted. The next answer does not know it any more.' },
    }
  },
}

export const documentPages = [detail]
export const documentActions = [remove]
