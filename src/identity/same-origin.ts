import { mac, type Keyring } from '../lib/crypto.ts'
import { toBase64Url, utf8 } from '../lib/bytes.ts'
import { problem } from '../lib/problem.ts'

/**
 * Whether a page of our own origin sent the request, so that its cookie may speak for the person. Reads may also come
 * from the address bar; a change must name its origin.
 */
export function isSameOrigin(request: Request): boolean {
  const own = new URL(request.url).origin
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (origin !== null && origin !== own) return false
  if (origin === null && !isRead) return false
  return site === null || site === 'same-origin' || (isRead && site === 'none')
}

/** What a form of this session carries in its hidden field `csrf`. */
export async function csrfToken(keyring: Keyring, sessionId: string): Promise<string> {
  return toBase64Url(await mac(keyring, 'csrf', utf8(sessionId)))
}

/** Throws FORM_EXPIRED for a form that was not made for this session, or was sent by another site's page. */
export async function requireFormToken(keyring: Keyring, sessionId: string, given: unknown): Promise<void> {
  const expected = await csrfToken(keyring, sessionId)
  if (typeof given !== 'string' || given !== expected) throw problem('FORM_EXPIRED')
}
