import { createAgent } from '../../agents/agents.ts'
import { agentsContract } from '../../agents/contract.ts'
import type { Agent } from '../../agents/agents.ts'
import { knowledgeOf } from '../../knowledge/documents.ts'
import { planOf } from '../../organizations/plans.ts'
import { counterOf } from '../../usage/meter.ts'
import { check } from '../fields.ts'
import { Frame } from '../frame.tsx'
import { Card, Empty, Table } from '../parts/card.tsx'
import { Field, Form } from '../parts/form.tsx'
import { Ago, count, plural, ShortId, Status } from '../parts/text.tsx'
import type { Action, Page, Visit } from '../visit.ts'

export const AgentStatus = ({ status }: { status: Agent['status'] }) =>
  status === 'active' ? <Status kind="ok">Live</Status> : <Status kind="warn">Paused</Status>

/** What an agent has answered this month. */
export async function monthOf({ tenant }: Pick<Visit, 'tenant'>, agentId: string) {
  const month = new Date(tenant.now()).toISOString().slice(0, 7)
  const months = await counterOf(tenant, agentId).months()
  const none = { month, messages: 0, inputTokens: 0, outputTokens: 0, failures: 0 }
  return { now: months.find((one) => one.month === month) ?? none, before: months.find((one) => one.month !== month) }
}

const NewAgentButton = ({ visit }: { visit: Visit }) =>
  visit.may('agents:write') ? (
    <a class="btn p" href="/agents/new">
      New agent
    </a>
  ) : null

const list: Page = {
  path: '/agents',
  scope: 'agents:read',
  render: async (visit) => {
    const rows = await Promise.all(
      visit.agents.map(async (agent) => {
        const [{ now }, { documents }] = await Promise.all([
          monthOf(visit, agent.id),
          knowledgeOf(visit.tenant, agent.id).listDocuments({ limit: 100 }),
        ])
        return { agent, month: now, documents: documents.length }
      }),
    )
    const { agents, name } = planOf(visit.tenant.org)
    return (
      <Frame
        visit={visit}
        title="Agents"
        facts={
          <span class="muted">
            {count(rows.length)} of {count(agents)} on {name}
          </span>
        }
        actions={<NewAgentButton visit={visit} />}
      >
        <Card title="All agents">
          {rows.length === 0 ? (
            <Empty text="No agents yet. An agent answers from the texts you give it.">
              <a class="btn p" href="/start">
                Make one from a text
              </a>
            </Empty>
          ) : (
            <Table
              label="Agents"
              head={['Agent', 'State', 'Documents#', 'Answers, this month#', 'Failed#', 'Changed', 'Id']}
            >
              {rows.map(({ agent, month, documents }) => (
                <tr>
                  <td class="wide">
                    <a href={`/agents/${agent.id}`}>{agent.name}</a>
                  </td>
                  <td>
                    <AgentStatus status={agent.status} />
                  </td>
                  <td class="n">
                    {documents === 0 ? <Status kind="warn">none</Status> : documents === 100 ? '100+' : documents}
                  </td>
                  <td class="n">{count(month.messages)}</td>
                  <td class="n">{month.failures === 0 ? '0' : <Status kind="err">{count(month.failures)}</Status>}</td>
                  <td class="muted">
                    <Ago at={agent.updatedAt} />
                  </td>
                  <td>
                    <ShortId>{agent.id}</ShortId>
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Card>
      </Frame>
    )
  },
}

const fresh: Page = {
  path: '/agents/new',
  scope: 'agents:write',
  render: (visit) => (
    <Frame visit={visit} title="New agent" crumb={['/agents', 'Agents']}>
      <div class="two">
        <Card title="What it is">
          <div class="pad">
            <Form visit={visit} name="new-agent" action="/agents/new">
              <Field
                visit={visit}
                form="new-agent"
                name="name"
                label="Name"
                value=""
                required
                hint="Your team and your visitors see it."
              />
              <Field
                visit={visit}
                form="new-agent"
                name="instructions"
                label="Instructions"
                type="textarea"
                rows={4}
                hint="What it is there for and how it speaks. Leave it empty for a friendly support agent."
              />
              <div class="bar">
                <button class="btn p">Create agent</button>
                <a class="btn" href="/agents">
                  Cancel
                </a>
              </div>
            </Form>
          </div>
        </Card>
        <p class="small muted">
          The agent answers from its own sources only, and says so when they hold no answer. After this you give it the
          first one. {plural(planOf(visit.tenant.org).agents, 'agent is', 'agents are')} included in your plan.
        </p>
      </div>
    </Frame>
  ),
}

const create: Action = {
  path: '/agents/new',
  scope: 'agents:write',
  again: fresh,
  act: async ({ tenant }, fields) => {
    const instructions = fields.optional('instructions')
    const input = { name: fields.text('name'), ...(instructions ? { behavior: { instructions } } : {}) }
    const agent = await createAgent(tenant, check(agentsContract.createAgent, input))
    return {
      to: `/agents/${agent.id}/knowledge`,
      flash: { text: `${agent.name} is made. Give it something to answer from.` },
    }
  },
}

export const agentPages = [fresh, list]
export const agentActions = [create]
