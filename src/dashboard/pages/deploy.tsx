import { listKeys } from '../../access/keys.ts'
import { AgentFrame, agentOf } from '../parts/agent-frame.tsx'
import { CallCard, runAction } from '../parts/call-card.tsx'
import { Card, Empty, Facts } from '../parts/card.tsx'
import { isLive, type Key, KeyButtons, KeyState, KeyText } from '../parts/keys.tsx'
import { Ago } from '../parts/text.tsx'
import type { Page, Visit } from '../visit.ts'
import { NewKeyForm } from './new-key-form.tsx'

const deploy: Page = {
  path: '/agents/:agentId/deploy',
  scope: 'agents:read',
  render: async (visit) => {
    const agent = agentOf(visit)
    const keys = visit.may('keys:read') ? (await listKeys(visit.tenant, agent.id, { limit: 20 })).data : []
    const live = keys.filter((key) => isLive(key, visit.tenant.now()))
    return (
      <AgentFrame visit={visit}>
        <div class="two">
          <div class="stack">
            <CallCard visit={visit} question="Hello" back={{ back: 'deploy' }} />
            <Card title="Answers as they are made">
              <p class="pad">
                With <code>"stream": true</code> the answer is NDJSON, one frame a line: <code>start</code>, the
                sources, <code>text-delta</code>, <code>data-citations</code>, <code>finish</code>. With the header{' '}
                <code>Accept: text/event-stream</code> it is the stream that <code>useChat</code> of the AI SDK reads.
                Send <code>Idempotency-Key</code> and a request may be repeated safely.{' '}
                <a href="/docs/errors">What errors mean</a>
              </p>
            </Card>
            <Origins visit={visit} />
          </div>
          <div class="stack">
            {live.map((key) => (
              <KeyCard visit={visit} of={key} />
            ))}
            {visit.may('keys:write') && (
              <Card title={live.length === 0 ? 'Connection key' : 'Another key'}>
                {live.length === 0 && <Empty text="The call needs a connection key of this agent. It is shown once." />}
                <div class="pad">
                  <NewKeyForm visit={visit} agentId={agent.id} back={{ back: 'deploy' }} />
                </div>
              </Card>
            )}
          </div>
        </div>
      </AgentFrame>
    )
  },
}

const KeyCard = ({ visit, of }: { visit: Visit; of: Key }) => (
  <Card title={of.name} state={<KeyState of={of} now={visit.tenant.now()} />}>
    <div class="pad stack tight">
      <Facts
        of={[
          ['Key', <KeyText of={of} />],
          ['Environment', of.environment],
          ['Created', <Ago at={of.createdAt} />],
          ['Last used', <Ago at={of.lastUsedAt} />],
          ['Ends', of.expiresAt && <Ago at={of.expiresAt} />],
        ]}
      />
      <KeyButtons visit={visit} of={of} back="deploy" />
    </div>
  </Card>
)

const Origins = ({ visit }: { visit: Visit }) => {
  const { id, allowedOrigins } = agentOf(visit)
  return (
    <Card title="Web pages that may call it">
      <p class="pad">
        {allowedOrigins.length === 0 ? (
          'None: only servers call this agent. A connection key is a secret, so it stays on a server.'
        ) : (
          <>
            Allowed on{' '}
            {allowedOrigins.map((origin, index) => (
              <>
                {index > 0 && ', '}
                <strong>{origin}</strong>
              </>
            ))}
            .
          </>
        )}{' '}
        {visit.may('agents:write') && <a href={`/agents/${id}/settings#origins`}>Edit allowed origins</a>}
      </p>
    </Card>
  )
}

export const deployPages = [deploy]
export const deployActions = [runAction(deploy)]
