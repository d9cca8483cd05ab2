import { readCookie } from '../identity/cookie.ts'
import type { Tenant } from '../context.ts'
import { open, seal } from '../lib/crypto.ts'
import type { Flash } from './visit.ts'

const LIFETIME = 60

const nameOn = (url: URL) => (url.protocol === 'https:' ? '__Host-flash' : 'flash')
const placeOf = (tenant: Tenant, sessionId: string) => `${tenant.org.id}|flash|${sessionId}`

/**
 * The cookie that carries something to the page after a change, where it is told once. Sealed to the session, because
 * it may hold a new key.
 */
export async function flashCookie(tenant: Tenant, sessionId: string, url: URL, flash: Flash): Promise<string> {
  const value = await seal(tenant.keyring, JSON.stringify(flash), placeOf(tenant, sessionId))
  return cookie(url, value, LIFETIME)
}

/** What the change before left to say; what cannot be opened says nothing. */
export async function readFlash(
  tenant: Tenant,
  sessionId: string,
  url: URL,
  headers: Headers,
): Promise<Flash | undefined> {
  const value = readCookie(headers, nameOn(url))
  if (!value) return undefined
  const text = await open(tenant.keyring, value, placeOf(tenant, sessionId)).catch(() => undefined)
  return text === undefined ? {} : (JSON.parse(text) as Flash)
}

export const forgottenFlash = (url: URL): string => cookie(url, '', 0)

function cookie(url: URL, value: string, maxAge: number): string {
  const secure = url.protocol === 'https:' ? '; Secure' : ''
  return `${nameOn(url)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`
}
