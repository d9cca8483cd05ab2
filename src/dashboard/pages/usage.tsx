import { PLANS, capsOf, planOf } from '../../organizations/plans.ts'
import { budgetOf } from '../../organizations/organizations.ts'
import { listCredentials } from '../../vault/credentials.ts'
import { Frame } from '../frame.tsx'
import { Card, Empty, Facts, Table } from '../parts/card.tsx'
import { Ago, count, day, Status } from '../parts/text.tsx'
import type { Page, Visit } from '../visit.ts'
import { monthOf } from './agents.tsx'

const FEATURES = { byok: 'Own provider key', model_choice: 'Choice of model' } as const

const usage: Page = {
  path: '/usage',
  scope: 'organization:read',
  render: async (visit) => {
    const { tenant, agents } = visit
    const { org } = tenant
    const [state, credentials, months] = await Promise.all([
      budgetOf(tenant).state(),
      listCredentials(tenant),
      Promise.all(agents.map(async (agent) => ({ agent, ...(await monthOf(visit, agent.id)) }))),
    ])
    const [plan, caps] = [planOf(org), capsOf(org)]
    return (
      <Frame visit={visit} title="Usage and plan" facts={<Status kind="ok">{plan.name}</Status>}>
        <div class="two">
          <div class="stack">
            <Card title="This month" state={<span class="small muted">since {day(state.periodStart)}</span>}>
              <Meter
                visit={visit}
                name="Messages"
                used={state.messages.used}
                held={state.messages.reserved}
                limit={caps.messages}
                state={state}
              />
              <Meter
                visit={visit}
                name="Tokens"
                used={state.tokens.used}
                held={state.tokens.reserved}
                limit={caps.tokens}
                state={state}
              />
              <footer class="small muted">
                Starts again on {day(state.resetsAt)}. At a limit the API answers 402, and no message is charged beyond
                it.
              </footer>
            </Card>
            <Card title="By agent, this month">
              {months.length === 0 ? (
                <Empty text="No agents yet." />
              ) : (
                <Table label="By agent" head={['Agent', 'Answers#', 'Failed#', 'Tokens in#', 'Tokens out#']}>
                  {months.map(({ agent, now }) => (
                    <tr>
                      <td class="wide">
                        <a href={`/agents/${agent.id}`}>{agent.name}</a>
                      </td>
                      <td class="n">{count(now.messages)}</td>
                      <td class="n">{count(now.failures)}</td>
                      <td class="n">{count(now.inputTokens)}</td>
                      <td class="n">{count(now.outputTokens)}</td>
                    </tr>
                  ))}
                </Table>
              )}
            </Card>
            <Plans current={org.plan} />
          </div>
          <div class="stack">
            <Card title="Limits">
              <div class="pad">
                <Facts
                  of={[
                    ['Messages a month', count(caps.messages)],
                    ['Tokens a month', count(caps.tokens)],
                    ['Agents', `${count(agents.length)} of ${count(plan.agents)}`],
                    ['Documents an agent', count(plan.documents)],
                    ['Model is paid by', org.inference === 'hosted' ? 'FlexyAgents' : 'your provider key'],
                  ]}
                />
              </div>
            </Card>
            <Card title="Provider key">
              <div class="pad">
                {credentials.length === 0 ? (
                  <p class="muted">
                    None. <a href="/settings#provider-key">Provider key in the settings</a>
                  </p>
                ) : (
                  credentials.map(({ provider, last4, updatedAt }) => (
                    <Facts
                      of={[
                        ['Provider', provider],
                        ['Key', <span class="mono">…{last4}</span>],
                        ['Set', <Ago at={updatedAt} />],
                      ]}
                    />
                  ))
                )}
              </div>
            </Card>
          </div>
        </div>
      </Frame>
    )
  },
}

type MeterProps = {
  visit: Visit
  name: string
  used: number
  held: number
  limit: number
  state: { periodStart: number; resetsAt: number }
}

const Meter = ({ visit, name, used, held, limit, state }: MeterProps) => {
  const share = limit === 0 ? 1 : used / limit
  const passed = (visit.tenant.now() - state.periodStart) / (state.resetsAt - state.periodStart)
  // In the first day of a month a forecast says nothing.
  const forecast = passed > 1 / 31 ? Math.round(used / passed) : undefined
  return (
    <div class="pad stack tight">
      <p class="bar">
        <strong>{name}</strong>
        <span class="grow"></span>
        <span>
          {count(used)} <span class="muted">of {count(limit)}</span>
        </span>
      </p>
      <meter aria-label={name} value={Math.min(used, limit)} max={limit} high={limit * 0.8} optimum={0}>
        {Math.round(share * 100)} %
      </meter>
      <p class="small muted">
        {(share * 100).toFixed(share < 0.1 ? 1 : 0)} % used
        {held > 0 && `, ${count(held)} held by answers that are running`}
        {forecast !== undefined && `. At this pace ${count(forecast)} by the end of the month`}
        {forecast !== undefined && forecast > limit && ': more than the plan includes'}.
      </p>
    </div>
  )
}

const Plans = ({ current }: { current: string }) => (
  <Card title="Plans">
    <Table label="Plans" head={['Plan', 'Messages#', 'Tokens#', 'Agents#', 'Documents an agent#', 'Includes']}>
      {Object.entries(PLANS).map(([id, plan]) => (
        <tr aria-current={id === current ? 'true' : undefined}>
          <td>
            {plan.name} {id === current && <span class="small muted">yours</span>}
          </td>
          <td class="n">{count(plan.messages)}</td>
          <td class="n">{count(plan.tokens)}</td>
          <td class="n">{count(plan.agents)}</td>
          <td class="n">{count(plan.documents)}</td>
          <td class="small wide">{plan.features.map((feature) => FEATURES[feature]).join(', ') || '–'}</td>
        </tr>
      ))}
    </Table>
  </Card>
)

export const usagePages = [usage]
