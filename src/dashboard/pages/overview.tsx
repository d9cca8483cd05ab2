import { listConversations } from '../../conversations/conversations.ts'
import { listKeys } from '../../access/keys.ts'
import { listDocuments } from '../../knowledge/documents.ts'
import { listSources } from '../../knowledge/sources.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card, Empty, Facts, Table } from '../parts/card.tsx'
import { Ago, count, plural, ShortId, Status } from '../parts/text.tsx'
import type { Page } from '../visit.ts'
import { monthOf } from './agents.tsx'

const SHOWN = 8

const overview: Page = {
  path: '/agents/:agentId',
  scope: 'agents:read',
  render: async (visit) => {
    const { tenant } = visit
    const agent = agentOf(visit)
    const base = `/agents/${agent.id}`
    const [month, conversations, documents, sources, keys] = await Promise.all([
      monthOf(visit, agent.id),
      visit.may('conversations:read') ? listConversations(tenant, agent.id, { limit: SHOWN }) : { data: [] },
      listDocuments(tenant, agent.id, { limit: 100 }),
      listSources(tenant, agent.id, { limit: 20 }),
      visit.may('keys:read') ? listKeys(tenant, agent.id, { limit: 20 }) : undefined,
    ])
    const { now, before } = month
    const live = keys?.data.filter(({ revokedAt }) => revokedAt === null)
    const used = live
      ?.map(({ lastUsedAt }) => lastUsedAt)
      .toSorted()
      .at(-1)
    return (
      <AgentFrame
        visit={visit}
        actions={
          visit.may('chat') && (
            <a class="btn p" href={`${base}/test`}>
              Test
            </a>
          )
        }
      >
        <div class="stats">
          <Stat
            name="Answers, this month"
            value={count(now.messages)}
            beside={before && `${count(before.messages)} in ${before.month}`}
          />
          <Stat
            name="Failed, this month"
            value={count(now.failures)}
            beside={before && `${count(before.failures)} in ${before.month}`}
          />
          <Stat
            name="Tokens, this month"
            value={count(now.inputTokens + now.outputTokens)}
            beside={
              now.messages > 0
                ? `${count(Math.round((now.inputTokens + now.outputTokens) / now.messages))} an answer`
                : undefined
            }
          />
          <Stat
            name="Documents"
            value={documents.pagination.hasMore ? '100+' : count(documents.data.length)}
            beside={plural(sources.data.length, 'source')}
          />
        </div>
        <div class="two">
          <Card title="Latest conversations">
            {conversations.data.length === 0 ? (
              <Empty text="No conversations yet. Ask it something, or send the curl from Deploy.">
                <div class="bar">
                  {visit.may('chat') && (
                    <a class="btn" href={`${base}/test`}>
                      Test
                    </a>
                  )}
                  <a class="btn" href={`${base}/deploy`}>
                    Deploy
                  </a>
                </div>
              </Empty>
            ) : (
              <Table label="Latest conversations" head={['First question', 'From', 'Messages#', 'Last', 'Id']}>
                {conversations.data.map((one) => (
                  <tr>
                    <td class="wide line">
                      {one.channel === 'tester' && visit.may('chat') ? (
                        <a href={`${base}/test?c=${one.id}`}>{one.title}</a>
                      ) : (
                        one.title
                      )}
                    </td>
                    <td>
                      {one.handoffRequestedAt ? (
                        <Status kind="warn">Needs a person</Status>
                      ) : one.channel === 'tester' ? (
                        <Status kind="info">Tester</Status>
                      ) : (
                        <Status kind={one.environment === 'live' ? 'ok' : 'off'}>API, {one.environment}</Status>
                      )}
                    </td>
                    <td class="n">{one.messageCount}</td>
                    <td class="muted">
                      <Ago at={one.updatedAt} />
                    </td>
                    <td>
                      <ShortId>{one.id}</ShortId>
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
          <Card title="How it stands">
            <div class="pad">
              <Facts
                of={[
                  [
                    'Model',
                    agent.behavior.model === 'auto' ? (
                      'Platform decides'
                    ) : (
                      <span class="mono">{agent.behavior.model}</span>
                    ),
                  ],
                  ['Language', agent.behavior.language === 'auto' ? "The question's" : agent.behavior.language],
                  ['Live keys', live && count(live.length)],
                  ['Key last used', live && <Ago at={used} />],
                  [
                    'Allowed web pages',
                    agent.allowedOrigins.length === 0 ? 'None' : count(agent.allowedOrigins.length),
                  ],
                  ['Changed', <Ago at={agent.updatedAt} />],
                  ['Created', <Ago at={agent.createdAt} />],
                ]}
              />
            </div>
          </Card>
        </div>
      </AgentFrame>
    )
  },
}

const Stat = ({ name, value, beside }: { name: string; value: string; beside?: string | undefined }) => (
  <div>
    <span class="muted small">{name}</span>
    <b>{value}</b>
    <span class="muted small">{beside ?? ' '}</span>
  </div>
)

export const overviewPages = [overview]
