import type { Agent } from '../../agents/agents.ts'
import { listKeys } from '../../access/keys.ts'
import { listDocuments } from '../../knowledge/documents.ts'
import { listSources } from '../../knowledge/sources.ts'
import { listConversations } from '../../conversations/conversations.ts'
import { budgetOf } from '../../organizations/organizations.ts'
import { capsOf } from '../../organizations/plans.ts'
import { Frame } from '../frame.tsx'
import { Card, Empty } from '../parts/card.tsx'
import { count, plural, Status } from '../parts/text.tsx'
import type { Page, Visit } from '../visit.ts'

/** Agents that a visit of the home page looks into. */
const LOOKED_INTO = 12
const NEARLY = 0.8

type Standing = {
  agent: Agent
  documents: number
  failing: Awaited<ReturnType<typeof listSources>>['data']
  tested: boolean
  keys: Awaited<ReturnType<typeof listKeys>>['data']
}
type Need = { kind: 'err' | 'warn'; word: string; text: string; href: string; action: string }

const home: Page = {
  path: '/',
  scope: 'organization:read',
  render: async (visit) => {
    const { tenant } = visit
    const [standings, budget] = await Promise.all([
      Promise.all(visit.agents.slice(0, LOOKED_INTO).map((agent) => standingOf(visit, agent))),
      budgetOf(tenant).state(),
    ])
    const needs = [...standings.flatMap(needsOf), ...budgetNeeds(visit, budget)]
    const steps = setup(visit, standings)
    const caps = capsOf(tenant.org)
    return (
      <Frame visit={visit} title="Home">
        <div class="two">
          <div class="stack">
            <Card title="What needs you">
              {needs.length === 0 ? (
                <Empty text={`Nothing needs you. ${plural(budget.messages.used, 'answer')} this month.`} />
              ) : (
                <ul class="steps">
                  {needs.map((need) => (
                    <li>
                      <Status kind={need.kind}>{need.word}</Status>
                      <span class="grow">{need.text}</span>
                      <a class="btn s" href={need.href}>
                        {need.action}
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </Card>
            {steps.some(({ done }) => !done) && (
              <Card
                title="Set up"
                state={
                  <span class="small muted">
                    {steps.filter(({ done }) => done).length} of {steps.length}
                  </span>
                }
              >
                <ol class="steps">
                  {steps.map(({ done, text, href, action }) => (
                    <li>
                      {done ? <Status kind="ok">Done</Status> : <Status kind="off">Open</Status>}
                      <span class={done ? 'grow muted' : 'grow'}>{text}</span>
                      {!done && (
                        <a class="btn s" href={href}>
                          {action}
                        </a>
                      )}
                    </li>
                  ))}
                </ol>
              </Card>
            )}
          </div>
          <Card
            title="This month"
            actions={
              <a class="btn s" href="/usage">
                Usage
              </a>
            }
          >
            {[
              ['Messages', budget.messages.used, caps.messages] as const,
              ['Tokens', budget.tokens.used, caps.tokens] as const,
            ].map(([name, used, limit]) => (
              <div class="pad stack tight">
                <p class="bar">
                  {name}
                  <span class="grow"></span>
                  <span>
                    {count(used)} <span class="muted">of {count(limit)}</span>
                  </span>
                </p>
                <meter
                  aria-label={name}
                  value={Math.min(used, limit)}
                  max={limit}
                  high={limit * NEARLY}
                  optimum={0}
                ></meter>
              </div>
            ))}
          </Card>
        </div>
      </Frame>
    )
  },
}

async function standingOf({ tenant, may }: Visit, agent: Agent): Promise<Standing> {
  const [documents, sources, conversations, keys] = await Promise.all([
    listDocuments(tenant, agent.id, { limit: 1 }),
    listSources(tenant, agent.id, { limit: 20 }),
    listConversations(tenant, agent.id, { limit: 1 }),
    may('keys:read') ? listKeys(tenant, agent.id, { limit: 20 }) : { data: [] },
  ])
  const failing = sources.data.filter(({ state, pages }) => state === 'failed' || pages.failed > 0)
  return { agent, documents: documents.data.length, failing, tested: conversations.data.length > 0, keys: keys.data }
}

function needsOf({ agent, documents, failing }: Standing): Need[] {
  const base = `/agents/${agent.id}`
  const needs: Need[] = failing.map(({ id, name, state, pages }) => ({
    kind: state === 'failed' ? 'err' : 'warn',
    word: state === 'failed' ? 'Failed' : plural(pages.failed, 'failed page'),
    text: `${name}, a source of ${agent.name}`,
    href: `${base}/knowledge/sources/${id}${pages.failed > 0 ? '?state=failed' : ''}`,
    action: 'Look',
  }))
  if (documents === 0) {
    const text = `${agent.name} has no sources, so it answers nothing`
    needs.push({ kind: 'warn', word: 'Knows nothing', text, href: `${base}/knowledge/add`, action: 'Add source' })
  }
  if (agent.status === 'paused') {
    const text = `${agent.name} refuses every question`
    needs.push({ kind: 'warn', word: 'Paused', text, href: `${base}/settings`, action: 'Settings' })
  }
  return needs
}

function budgetNeeds(
  { tenant }: Visit,
  { messages, tokens }: { messages: { used: number }; tokens: { used: number } },
): Need[] {
  const caps = capsOf(tenant.org)
  const shares = [
    ['messages', messages.used / caps.messages],
    ['tokens', tokens.used / caps.tokens],
  ] as const
  return shares
    .filter(([, share]) => share >= NEARLY)
    .map(([name, share]) => ({
      kind: share >= 1 ? 'err' : 'warn',
      word: share >= 1 ? 'Used up' : 'Nearly used up',
      text: `${Math.floor(share * 100)} % of this month's ${name}`,
      href: '/usage',
      action: 'Usage',
    }))
}

function setup(visit: Visit, standings: readonly Standing[]) {
  const [first] = standings
  const base = first ? `/agents/${first.agent.id}` : '/start'
  const keys = standings.flatMap((standing) => standing.keys)
  return [
    { done: first !== undefined, text: 'Make an agent from a text', href: '/start', action: 'Start' },
    {
      done: standings.some(({ documents }) => documents > 0),
      text: 'Give it something to answer from',
      href: first ? `${base}/knowledge/add` : base,
      action: 'Add source',
    },
    {
      done: standings.some(({ tested }) => tested),
      text: 'Ask it something',
      href: first ? `${base}/test` : base,
      action: 'Test',
    },
    { done: keys.length > 0, text: 'Create a connection key', href: first ? `${base}/deploy` : base, action: 'Deploy' },
    {
      done: keys.some(({ lastUsedAt }) => lastUsedAt !== null),
      text: 'Call it from your own program',
      href: first ? `${base}/deploy` : base,
      action: 'Copy the curl',
    },
  ].filter(({ action }) => visit.may('keys:read') || !['Deploy', 'Copy the curl'].includes(action))
}

export const homePages = [home]
