import type { Child } from 'hono/jsx'
import type { Agent } from '../../agents/agents.ts'
import type { Scope } from '../../context.ts'
import { problem } from '../../lib/problem.ts'
import { Frame } from '../frame.tsx'
import type { Visit } from '../visit.ts'
import { Id, Status } from './text.tsx'

/** The agent that a page is about; whether it is this workspace's was asked before the page began. */
export function agentOf(visit: Visit): Agent {
  const agent = visit.agents.find(({ id }) => id === visit.params.agentId)
  if (!agent) throw problem('NOT_FOUND')
  return agent
}

const TABS: readonly [path: string, text: string, scope: Scope][] = [
  ['', 'Overview', 'agents:read'],
  ['/behaviour', 'Behaviour', 'agents:read'],
  ['/knowledge', 'Knowledge', 'knowledge:read'],
  ['/test', 'Test', 'chat'],
  ['/deploy', 'Deploy', 'agents:read'],
  ['/settings', 'Settings', 'agents:write'],
]

type Props = { visit: Visit; actions?: Child; children?: Child }

/** A page about one agent: its name, state and id on top, its sections below. */
export const AgentFrame = ({ visit, actions, children }: Props) => {
  const agent = agentOf(visit)
  const base = `/agents/${agent.id}`
  const rest = visit.url.pathname.slice(base.length)
  const isCurrent = (path: string) => (path === '' ? rest === '' : rest === path || rest.startsWith(`${path}/`))
  return (
    <Frame
      visit={visit}
      title={agent.name}
      facts={
        <>
          {agent.status === 'active' ? <Status kind="ok">Live</Status> : <Status kind="warn">Paused</Status>}
          <Id>{agent.id}</Id>
        </>
      }
      actions={actions}
      tabs={
        <nav class="tabs" aria-label="Agent sections">
          {TABS.filter(([, , scope]) => visit.may(scope)).map(([path, text]) => (
            <a href={base + path} aria-current={isCurrent(path) ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
      }
    >
      {children}
    </Frame>
  )
}
