import { deleteAgent, updateAgent } from '../../agents/agents.ts'
import { agentsContract } from '../../agents/contract.ts'
import { check } from '../fields.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { Card } from '../parts/card.tsx'
import { ActionButton, Field, Form } from '../parts/form.tsx'
import type { Action, Page } from '../visit.ts'

const STATES = [
  ['active', 'Live'],
  ['paused', 'Paused: every question is refused with 403'],
] as const

const settings: Page = {
  path: '/agents/:agentId/settings',
  scope: 'agents:write',
  render: (visit) => {
    const agent = agentOf(visit)
    const base = `/agents/${agent.id}/settings`
    return (
      <AgentFrame visit={visit}>
        <div class="two">
          <div class="stack">
            <Card title="Agent">
              <div class="pad">
                <Form visit={visit} name="agent" action={base}>
                  <Field visit={visit} form="agent" name="name" label="Name" value={agent.name} required />
                  <Field visit={visit} form="agent" name="status" label="State" options={STATES} value={agent.status} />
                  <div>
                    <button class="btn p">Save</button>
                  </div>
                </Form>
              </div>
            </Card>
            <Card title="Allowed origins" id="origins">
              <div class="pad">
                <Form visit={visit} name="origins" action={`${base}/origins`}>
                  <Field
                    visit={visit}
                    form="origins"
                    name="allowedOrigins"
                    label="Web pages that may call the agent"
                    type="textarea"
                    rows={4}
                    class="mono"
                    hint="One a line, such as https://www.example.com. https://*.example.com means its subdomains. Servers need none."
                    value={agent.allowedOrigins.join('\n')}
                  />
                  <div>
                    <button class="btn">Save</button>
                  </div>
                </Form>
              </div>
            </Card>
          </div>
          <Card title="Delete">
            <div class="pad stack tight">
              <p>Its keys stop working at once. Its knowledge and its conversations are erased.</p>
              <ActionButton
                visit={visit}
                name="delete"
                action={`${base}/delete`}
                class="btn danger"
                confirm={`Delete ${agent.name}? Its keys stop working at once, and its knowledge and conversations are erased.`}
              >
                Delete agent
              </ActionButton>
            </div>
          </Card>
        </div>
      </AgentFrame>
    )
  },
}

const scope = 'agents:write'
const save: Action = {
  path: '/agents/:agentId/settings',
  scope,
  again: settings,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const change = check(agentsContract.updateAgent, { name: fields.text('name'), status: fields.text('status') })
    await updateAgent(visit.tenant, id, change)
    return { to: `/agents/${id}/settings`, flash: { text: 'Saved.' } }
  },
}

const saveOrigins: Action = {
  path: '/agents/:agentId/settings/origins',
  scope,
  again: settings,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const change = check(agentsContract.updateAgent, { allowedOrigins: fields.lines('allowedOrigins') })
    await updateAgent(visit.tenant, id, change)
    return { to: `/agents/${id}/settings#origins`, flash: { text: 'Saved.' } }
  },
}

const remove: Action = {
  path: '/agents/:agentId/settings/delete',
  scope,
  again: settings,
  act: async (visit) => {
    const { id, name } = agentOf(visit)
    await deleteAgent(visit.tenant, id)
    return { to: '/agents', flash: { text: `${name} is deleted.` } }
  },
}

export const agentSettingsPages = [settings]
export const agentSettingsActions = [remove, save, saveOrigins]
