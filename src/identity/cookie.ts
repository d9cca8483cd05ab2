import { isLoopback } from '../lib/origin.ts'
import { problem } from '../lib/problem.ts'

const MAX_AGE_SECONDS = 30 * 24 * 3_600

/**
 * The session's cookie. `__Host-` ties it to this very host, whole path and https; browsers take that prefix on
 * loopback over plain http not at all, so development has another name. Elsewhere over http there are no sessions.
 */
function nameOn(origin: string): string | undefined {
  const { protocol, hostname } = new URL(origin)
  if (protocol === 'https:') return '__Host-sid'
  return isLoopback(hostname) ? 'sid' : undefined
}

/** The value of Set-Cookie that begins or, without a token, ends a session. */
export function sessionCookie(origin: string, token: string | undefined): string {
  const name = nameOn(origin)
  if (!name) throw problem('VALIDATION_FAILED', { message: 'Signing in needs https.' })
  const secure = name.startsWith('__Host-') ? '; Secure' : ''
  const life = token === undefined ? 0 : MAX_AGE_SECONDS
  return `${name}=${token ?? ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Lax${secure}`
}

/** The token in the request's session cookie, whether or not it is worth anything. */
export function cookieOf(request: Request): string | undefined {
  const name = nameOn(new URL(request.url).origin)
  return name === undefined ? undefined : readCookie(request.headers, name)
}

export function readCookie(headers: Headers, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = part.split('=')
    if (key?.trim() === name) return value.join('=').trim() || undefined
  }
  return undefined
}
