import { accessContract } from '../../access/contract.ts'
import { createKey, listKeys, revokeKey, rotateKey } from '../../access/keys.ts'
import { backTo } from '../back.ts'
import { check, type Fields } from '../fields.ts'
import { Frame } from '../frame.tsx'
import { agentOf } from '../parts/agent-frame.tsx'
import { Card, Empty, Table } from '../parts/card.tsx'
import { type Key, KeyButtons, KeyState, KeyText } from '../parts/keys.tsx'
import { Ago, Id, plural } from '../parts/text.tsx'
import type { Action, Outcome, Page, Visit } from '../visit.ts'
import { NewKeyForm } from './new-key-form.tsx'

const keys: Page = {
  path: '/keys',
  scope: 'keys:read',
  render: async (visit) => {
    const lists = await Promise.all(
      visit.agents.map(async (agent) => ({
        agent,
        keys: (await listKeys(visit.tenant, agent.id, { limit: 50 })).data,
      })),
    )
    return (
      <Frame
        visit={visit}
        title="API keys"
        facts={<span class="muted">A key belongs to one agent and is shown once.</span>}
      >
        {lists.length === 0 && (
          <Card title="No agents yet">
            <Empty text="Keys belong to agents. Make an agent first.">
              <a class="btn p" href="/start">
                Make one from a text
              </a>
            </Empty>
          </Card>
        )}
        {lists.map(({ agent, keys: own }) => (
          <Card title={agent.name} state={<Id>{agent.id}</Id>} id={agent.id}>
            {own.length === 0 ? (
              <Empty text="No keys yet." />
            ) : (
              <Table label={`Keys of ${agent.name}`} head={['Name', 'Key', 'State', 'May', 'Created', 'Last used', '']}>
                {own.map((key) => (
                  <Row visit={visit} of={key} />
                ))}
              </Table>
            )}
            {visit.may('keys:write') && (
              <details class="pad">
                <summary>Create a key of {agent.name}</summary>
                <div class="gap">
                  <NewKeyForm visit={visit} agentId={agent.id} back={{ back: 'keys' }} />
                </div>
              </details>
            )}
          </Card>
        ))}
      </Frame>
    )
  },
}

const Row = ({ visit, of }: { visit: Visit; of: Key }) => (
  <tr>
    <td>{of.name}</td>
    <td>
      <KeyText of={of} />
    </td>
    <td>
      <KeyState of={of} now={visit.tenant.now()} />
    </td>
    <td class="small muted">{of.scopes.length > 2 ? plural(of.scopes.length, 'scope') : of.scopes.join(', ')}</td>
    <td class="muted">
      <Ago at={of.createdAt} />
    </td>
    <td class="muted">
      <Ago at={of.lastUsedAt} />
    </td>
    <td class="n">
      <KeyButtons visit={visit} of={of} small back="keys" />
    </td>
  </tr>
)

type Made = { id: string; key: string }
const shown = (agentId: string, { id, key }: Made, fields: Fields): Outcome => ({
  to: backTo(agentId, fields),
  flash: { key: { id, agentId, secret: key } },
})

const scope = 'keys:write'
const create: Action = {
  path: '/agents/:agentId/keys',
  scope,
  again: keys,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const environment = fields.optional('environment')
    const input = check(accessContract.createKey, {
      name: fields.text('name'),
      ...(environment ? { environment } : {}),
    })
    return shown(id, await createKey(visit.tenant, id, input), fields)
  },
}

const rotate: Action = {
  path: '/agents/:agentId/keys/:keyId/rotate',
  scope,
  again: keys,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    const { graceSeconds } = check(accessContract.rotateKey, {})
    return shown(id, await rotateKey(visit.tenant, id, visit.params.keyId ?? '', graceSeconds), fields)
  },
}

const revoke: Action = {
  path: '/agents/:agentId/keys/:keyId/revoke',
  scope,
  again: keys,
  act: async (visit, fields) => {
    const { id } = agentOf(visit)
    await revokeKey(visit.tenant, id, visit.params.keyId ?? '')
    return {
      to: backTo(id, fields),
      flash: { text: 'The key is revoked. Nothing can use it any more.' },
    }
  },
}

export const keyPages = [keys]
export const keyActions = [create, revoke, rotate]
