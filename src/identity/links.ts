import * as z from 'zod'
import type { Runtime } from '../context.ts'
import { open, seal } from '../lib/crypto.ts'
import { problem } from '../lib/problem.ts'

/** What a link may be for. A token of one kind opens nothing of another. */
type Purpose = 'sign-up' | 'password-reset'

/** The token of a link in a mail: its content, sealed, with the time until which it holds. Nothing is stored for it. */
export function sealLink(runtime: Runtime, purpose: Purpose, content: object, lifetime: number): Promise<string> {
  return seal(runtime.keyring, JSON.stringify({ ...content, expires: runtime.now() + lifetime }), `link|${purpose}`)
}

/** The content of a token. Throws LINK_INVALID for one that is too old, changed or of another purpose. */
export async function openLink<T extends z.ZodObject>(
  runtime: Runtime,
  purpose: Purpose,
  content: T,
  token: string,
): Promise<z.output<T>> {
  const text = await open(runtime.keyring, token, `link|${purpose}`).catch(() => undefined)
  if (text === undefined) throw problem('LINK_INVALID')
  const value: unknown = JSON.parse(text)
  const { expires } = z.object({ expires: z.number() }).parse(value)
  if (expires <= runtime.now()) throw problem('LINK_INVALID')
  return content.parse(value)
}

/** The address that a mail points to. */
export function linkTo(runtime: Runtime, path: string, token: string): string {
  const origin = runtime.config.publicOrigin ?? runtime.servedOn
  if (origin === undefined) throw new Error('links need an origin')
  return `${origin}${path}?token=${encodeURIComponent(token)}`
}
