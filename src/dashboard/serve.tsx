import type { Scope } from '../context.ts'
import { getAgent, listAgents } from '../agents/agents.ts'
import { clientAddress, RateLimits } from '../http/rate-limit.ts'
import { drain } from '../http/raw-body.ts'
import { type PageSession, requireOwnForm, requirePageSession } from '../identity/pages.ts'
import { can, requireScope } from '../identity/roles.ts'
import { Problem, problem } from '../lib/problem.ts'
import { explain } from './explain.ts'
import { Fields } from './fields.ts'
import { toHtml } from './html.ts'
import { flashCookie, forgottenFlash, readFlash } from './flash.ts'
import type { AppContext } from '../http/receive.ts'
import { readTheme } from './request.ts'
import type { Action, Download, Page, Refused, Visit } from './visit.ts'

const MAX_FORM_BYTES = 2 * 1024 * 1024
/** As many as the sidebar and the list of agents show. */
const AGENTS = 100

/** Renders a page for who is signed in; for anybody else, the way to sign in. */
export async function showPage(c: AppContext, page: Page): Promise<Response> {
  const session = await requirePageSession(c)
  if (session instanceof Response) return session
  const visit = await beginVisit(c, session, page.scope)
  return rendered(c, page, visit, 200)
}

export async function sendDownload(c: AppContext, download: Download): Promise<Response> {
  const session = await requirePageSession(c)
  if (session instanceof Response) return session
  return download.respond(await beginVisit(c, session, download.scope))
}

/**
 * Runs what a form asks for and redirects, so that reloading repeats nothing. A refusal shows the form again with
 * what was typed; nothing of a form is lost to a mistake in it.
 */
export async function takeAction(c: AppContext, action: Action): Promise<Response> {
  await requireForm(c, action.maxBytes ?? MAX_FORM_BYTES)
  await requireOwnForm(c)
  const session = await requirePageSession(c)
  if (session instanceof Response) {
    await drain(c.req.raw)
    return session
  }
  // A file is held in memory while it is read: only who may send one gets that far.
  const visit = await beginVisit(c, session, action.scope)
  const fields = await parseForm(c)
  await requireOwnForm(c, session, fields.text('csrf'))
  try {
    const outcome = await action.act(visit, fields)
    const { to, flash, cookie } = typeof outcome === 'string' ? { to: outcome } : outcome
    const response = c.redirect(to, 303)
    if (cookie) response.headers.append('set-cookie', cookie)
    if (flash) {
      const { tenant, member, url } = visit
      response.headers.append('set-cookie', await flashCookie(tenant, member.sessionId, url, flash))
    }
    return response
  } catch (error) {
    if (!(error instanceof Problem) || UNANSWERED.has(error.code)) throw error
    const refused: Refused = { form: fields.text('form'), values: fields, ...explain(error, visit.tenant) }
    return rendered(c, action.again, { ...visit, refused }, error.status)
  }
}

/** Refusals that no form can be filled in better for. */
const UNANSWERED = new Set(['NOT_FOUND', 'INSUFFICIENT_SCOPE', 'ORIGIN_NOT_ALLOWED', 'FORM_EXPIRED'])

async function rendered(c: AppContext, page: Page, visit: Visit, status: number): Promise<Response> {
  const response = c.html(await toHtml(page.render(visit)), status as 200)
  if (visit.flash) response.headers.append('set-cookie', forgottenFlash(visit.url))
  return response
}

async function beginVisit(c: AppContext, session: PageSession, scope: Scope): Promise<Visit> {
  const { tenant, user, role, sessionId, organizations, csrf } = session
  requireScope(tenant, scope)
  const params: Record<string, string> = c.req.param()
  const url = new URL(c.req.url)
  const { headers } = c.req.raw
  const [{ data: listed }, flash, current] = await Promise.all([
    listAgents(tenant, { limit: AGENTS }),
    readFlash(tenant, sessionId, url, headers),
    // Whatever a page is about lies below an agent that has to be this organization's.
    params.agentId === undefined ? undefined : getAgent(tenant, params.agentId),
    // Pages cost as much as requests do; a search on one may even call a model.
    new RateLimits(tenant).check('key', sessionId),
  ])
  const isListed = !current || listed.some(({ id }) => id === current.id)
  return {
    tenant,
    member: { id: user.id, name: user.name, email: user.email, role, sessionId },
    csrf,
    organizations: organizations.map(({ id, name, role: other }) => ({ id, name, role: other })),
    agents: isListed ? listed : [...listed, current],
    url,
    params,
    theme: readTheme(headers),
    flash,
    refused: undefined,
    may: (wanted) => can(tenant.actor, wanted),
    callApi: (path, body) => c.var.callApi(apiRequest(c.req.raw, path, body)),
  }
}

/** The request that the script would send: same cookie, same origin, same checks. */
function apiRequest(page: Request, path: string, body: unknown): Request {
  const headers = new Headers(page.headers)
  for (const name of ['content-length', 'accept', 'idempotency-key']) headers.delete(name)
  headers.set('content-type', 'application/json')
  return new Request(new URL(path, page.url), { method: 'POST', headers, body: JSON.stringify(body) })
}

const FORM_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i

/** The fields of a form; refuses what is none before it is read. */
export async function readForm(c: AppContext, maxBytes: number): Promise<Fields> {
  await requireForm(c, maxBytes)
  return parseForm(c)
}

/** What the headers of a form tell. Throws RATE_LIMITED, UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE. */
async function requireForm(c: AppContext, maxBytes: number): Promise<void> {
  const { runtime } = c.env
  const { headers } = c.req.raw
  await new RateLimits(runtime).check('ip', clientAddress(headers))
  if (!FORM_TYPES.test(headers.get('content-type') ?? '')) throw problem('UNSUPPORTED_MEDIA_TYPE')
  const length = headers.get('content-length')
  // Browsers always say how long a form is.
  if (length === null || Number(length) > maxBytes) throw problem('PAYLOAD_TOO_LARGE')
}

async function parseForm(c: AppContext): Promise<Fields> {
  try {
    return new Fields(await c.req.raw.formData())
  } catch {
    throw problem('VALIDATION_FAILED', { message: 'The form did not arrive whole. Send it again.' })
  }
}
