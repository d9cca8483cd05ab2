// What server-rendered pages need of identity. They are routes of rooms above; none of this knows HTML.
import type { Role, Tenant } from '../context.ts'
import type { AppContext } from '../http/receive.ts'
import { problem } from '../lib/problem.ts'
import { cookieOf, sessionCookie } from './cookie.ts'
import { csrfToken, isSameOrigin, requireFormToken } from './same-origin.ts'
import { findSession, type LiveSession, moveSession } from './sessions.ts'
import { originOf, tenantOf } from './signed-in.ts'
import { listMemberships, type Membership } from './users.ts'

export type PagePerson = { id: string; email: string; name: string }
/** A person who has signed in, whether or not there is an organization for them. */
export type PageUser = { user: PagePerson; sessionId: string; organizations: Membership[]; csrf: string }
export type PageSession = PageUser & { tenant: Tenant; role: Role }

export const SIGN_IN_PATH = '/sign-in'
/** Where somebody goes who is a member of nothing. */
export const NO_WORKSPACE_PATH = '/workspaces/new'

/** Who asks for this page; undefined when nobody has signed in. */
export async function findPageUser(c: AppContext): Promise<PageUser | undefined> {
  const live = await liveSession(c)
  return live && describe(c, live)
}

/**
 * The session of a page, or the redirect that has to be answered instead: to sign in, or, for who is not a member of
 * the session's organization any more, to another one of theirs.
 */
export async function requirePageSession(c: AppContext): Promise<PageSession | Response> {
  const { runtime } = c.env
  const live = await liveSession(c)
  if (!live) return redirect(signInPath(c))
  const page = await describe(c, live)
  const { role } = live
  if (role) return { ...page, role, tenant: await tenantOf(runtime, live) }
  const [other] = page.organizations
  if (!other) return redirect(NO_WORKSPACE_PATH)
  const token = await moveSession(runtime, live.session, other.id)
  return redirect('/', sessionCookie(originOf(runtime), token))
}

async function liveSession(c: AppContext): Promise<LiveSession | undefined> {
  const token = cookieOf(c.req.raw)
  return token === undefined ? undefined : findSession(c.env.runtime, token)
}

async function describe(c: AppContext, { session, user }: LiveSession): Promise<PageUser> {
  const { runtime } = c.env
  const { id, email, name } = user
  const organizations = await listMemberships(runtime, id)
  const csrf = await csrfToken(runtime.keyring, session.id)
  return { user: { id, email, name }, sessionId: session.id, organizations, csrf }
}

/**
 * Throws ORIGIN_NOT_ALLOWED for a form that another site's page has sent, and FORM_EXPIRED for one that was not made
 * for this session. Forms that need no session (to sign in, for one) give none: then the origin alone decides.
 */
export async function requireOwnForm(c: AppContext, page?: PageUser, csrf?: unknown): Promise<void> {
  if (!isSameOrigin(c.req.raw)) {
    throw problem('ORIGIN_NOT_ALLOWED', { message: 'This form was sent by a page of another site.' })
  }
  if (page) await requireFormToken(c.env.runtime.keyring, page.sessionId, csrf)
}

/** `/sign-in?next=…`; a form that was posted is not repeated after signing in. */
function signInPath(c: AppContext): string {
  const { pathname, search } = new URL(c.req.url)
  const next = c.req.method === 'GET' ? pathname + search : '/'
  return next === '/' ? SIGN_IN_PATH : `${SIGN_IN_PATH}?next=${encodeURIComponent(next)}`
}

/** Where to go after signing in: a path of this origin, whatever the address bar says. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, HERE)) return '/'
  // The browser's own reading of it counts: `//host`, `/\host` and tabs inside lead elsewhere.
  const { origin, pathname, search } = new URL(next, HERE)
  return origin === HERE && !pathname.startsWith('//') ? pathname + search : '/'
}

const HERE = 'https://here.invalid'

function redirect(location: string, cookie?: string): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  if (cookie) headers.set('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
