import type { Child } from 'hono/jsx'
import type { Scope } from '../context.ts'
import { Document } from './document.tsx'
import { ActionButton } from './parts/form.tsx'
import { NewKey } from './parts/new-key.tsx'
import type { Visit } from './visit.ts'

type Props = {
  visit: Visit
  title: string
  /** State, id and the like, beside the title. */
  facts?: Child
  /** The page's actions, the primary one last. */
  actions?: Child
  /** Above the title's line: where this page lies. */
  crumb?: readonly [href: string, text: string]
  tabs?: Child
  /** The page has a place of its own for a new key. */
  showsKey?: boolean
  children?: Child
}

/** A page of the dashboard: who and where on the left, what it is on top, and the rest. */
export const Frame = ({ visit, title, facts, actions, crumb, tabs, showsKey = false, children }: Props) => (
  <Document title={title} theme={visit.theme} signedIn>
    <div class="app">
      <Sidebar visit={visit} />
      <main class="main" id="m" tabindex={-1}>
        <div class="top">
          <a class="btn s menu" href="#nav">
            Menu
          </a>
          {crumb && (
            <a class="crumb" href={crumb[0]}>
              {crumb[1]} /
            </a>
          )}
          <h1>{title}</h1>
          {facts}
          <span class="grow"></span>
          {actions}
        </div>
        {tabs}
        <div class="body">
          {visit.flash?.text && (
            <p class="note" role="status">
              {visit.flash.text}
            </p>
          )}
          {!showsKey && <NewKey visit={visit} />}
          {children}
        </div>
      </main>
    </div>
  </Document>
)

/** Scope, address and name; a section is left out for whom may not read it. */
const WORKSPACE: readonly [scope: Scope, href: string, text: string, key: string][] = [
  ['keys:read', '/keys', 'API keys', 'K'],
  ['organization:read', '/usage', 'Usage and plan', 'U'],
  ['members:read', '/team', 'Team', 'T'],
  ['audit:read', '/audit', 'Audit log', 'L'],
  ['organization:read', '/settings', 'Settings', 'S'],
]

const AGENTS_SHOWN = 8
const mark = (is: boolean) => (is ? ('page' as const) : undefined)

const Sidebar = ({ visit }: { visit: Visit }) => {
  const { agents, url } = visit
  const isIn = (href: string) => url.pathname === href || url.pathname.startsWith(`${href}/`)
  const current = agents.find(({ id }) => isIn(`/agents/${id}`))
  const shown = agents.slice(0, AGENTS_SHOWN)
  if (current && !shown.includes(current)) shown.push(current)
  return (
    <nav class="side" id="nav" aria-label="Workspace">
      <a class="btn s close" href="#m">
        Close menu
      </a>
      <Switcher visit={visit} />
      <a href="/" aria-current={mark(url.pathname === '/')} data-go="H">
        Home
      </a>
      <a href="/agents" aria-current={mark(isIn('/agents') && !current)} data-go="A">
        Agents<span class="cnt">{agents.length}</span>
      </a>
      {shown.map(({ id, name, status }) => (
        <a class="sub" href={`/agents/${id}`} aria-current={mark(current?.id === id)}>
          <span>{name}</span>
          {status === 'paused' && <span class="cnt">paused</span>}
        </a>
      ))}
      <h2>Workspace</h2>
      {WORKSPACE.filter(([scope]) => visit.may(scope)).map(([, href, text, key]) => (
        <a href={href} aria-current={mark(isIn(href))} data-go={key}>
          {text}
        </a>
      ))}
      <span class="grow"></span>
      <a href="/docs/errors">Docs</a>
      <button class="as-link" type="button" data-palette hidden>
        Search<span class="kbd">Ctrl K</span>
      </button>
      <button class="as-link" type="button" data-shortcuts hidden>
        Shortcuts<span class="kbd">?</span>
      </button>
    </nav>
  )
}

const Switcher = ({ visit }: { visit: Visit }) => {
  const { tenant, member, organizations } = visit
  const others = organizations.filter(({ id }) => id !== tenant.org.id)
  return (
    <details class="ws">
      <summary>
        <i aria-hidden="true">{Array.from(tenant.org.name)[0]?.toUpperCase()}</i>
        <span class="ws-name">{tenant.org.name}</span>
      </summary>
      <div>
        {others.map(({ id, name }) => (
          <ActionButton
            visit={visit}
            name="switch"
            action="/switch"
            class="as-link"
            fields={{ organization: id, back: '/' }}
          >
            {name}
          </ActionButton>
        ))}
        <a href="/settings">
          <span class="ws-name">{member.email}</span>
          <span class="cnt">{member.role}</span>
        </a>
        <ActionButton visit={visit} name="sign-out" action="/sign-out" class="as-link">
          Sign out
        </ActionButton>
      </div>
    </details>
  )
}
