import { isLoopback } from '../lib/origin.ts'
import { problem } from '../lib/problem.ts'

const SESSION = 'sid'
const FLOW = 'oidc'
const MAX_AGE_SECONDS = 30 * 24 * 3_600

/**
 * A cookie's name here. `__Host-` ties it to this very host, the whole path and https; browsers take that prefix over
 * plain http not at all, so on the developer's machine it is left out. Elsewhere over http there are no sessions.
 */
function nameOn(origin: string, name: string): string | undefined {
  const { protocol, hostname } = new URL(origin)
  if (protocol === 'https:') return `__Host-${name}`
  return isLoopback(hostname) ? name : undefined
}

/** The value of Set-Cookie that begins or, without a token, ends a session. */
export function sessionCookie(origin: string, token: string | undefined): string {
  return cookie(origin, SESSION, token ?? '', token === undefined ? 0 : MAX_AGE_SECONDS)
}

/** The token in the request's session cookie, whether or not it is worth anything. */
export const cookieOf = (request: Request) => ownCookie(request, SESSION)

/** The value of Set-Cookie for what a browser keeps while it signs in at a provider. */
export const flowCookie = (origin: string, sealed: string, seconds: number) => cookie(origin, FLOW, sealed, seconds)

export const flowCookieOf = (request: Request) => ownCookie(request, FLOW)

function cookie(origin: string, name: string, value: string, seconds: number): string {
  const full = nameOn(origin, name)
  if (!full) throw problem('VALIDATION_FAILED', { message: 'Signing in needs https.' })
  const secure = full === name ? '' : '; Secure'
  return `${full}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}

function ownCookie({ url, headers }: Request, name: string): string | undefined {
  const full = nameOn(new URL(url).origin, name)
  return full === undefined ? undefined : readCookie(headers, full)
}

/** The value of the first cookie of this name. */
export function readCookie(headers: Headers, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = part.split('=')
    if (key?.trim() === name) return value.join('=').trim() || undefined
  }
  return undefined
}
