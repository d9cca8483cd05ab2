import type { Role, Scope, Tenant } from '../context.ts'
import type { Agent } from '../agents/agents.ts'
import type { Child } from 'hono/jsx'
import type { Fields } from './fields.ts'

/** How a question to an agent went: what a person wants to see of the exchange. */
export type Run = {
  question: string
  status: number
  ms: number
  requestId: string
  text: string
  conversationId: string | undefined
}

/** Something told once, on the page after a change. `key` is a connection key, which is never shown again. */
export type Flash = {
  text?: string | undefined
  key?: { id: string; agentId: string; secret: string } | undefined
  run?: Run | undefined
}

/** A form that was refused: what was typed, and what is wrong with it. */
export type Refused = {
  /** Which form of the page, see `<Form name>`. */
  form: string
  values: Fields
  message: string
  /** By field name. */
  errors: Record<string, string>
}

export type Member = { id: string; name: string; email: string; role: Role; sessionId: string }
export type Theme = 'auto' | 'light' | 'dark'

/** One request of a signed-in member for a page. */
export type Visit = {
  tenant: Tenant
  member: Member
  /** Proves that a form came from one of our pages. */
  csrf: string
  organizations: readonly { id: string; name: string; role: string }[]
  agents: readonly Agent[]
  url: URL
  params: Record<string, string>
  theme: Theme
  flash: Flash | undefined
  refused: Refused | undefined
  may: (scope: Scope) => boolean
  /** Calls our own API as this member: the very route that everybody else calls. */
  callApi: (path: string, body: unknown) => Promise<Response>
}

export type Page = {
  path: string
  scope: Scope
  render: (visit: Visit) => Child | Promise<Child>
}

/** A file made for a member, such as an export. */
export type Download = { path: string; scope: Scope; respond: (visit: Visit) => Promise<Response> }

/** Where to go after a change, with what to say there. `cookie` is a Set-Cookie value of the session's. */
export type Outcome = string | { to: string; flash?: Flash; cookie?: string }

export type Action = {
  path: string
  scope: Scope
  /** Shown again, with what was typed, when the change is refused. */
  again: Page
  maxBytes?: number
  act: (visit: Visit, fields: Fields) => Promise<Outcome>
}
