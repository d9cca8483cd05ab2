/** A certified OpenID provider (`oidc-provider`) on this machine, and the browser of a person who signs in at it. */
import { createServer, type RequestListener } from 'node:http'
import { closeNow, listen } from './local-http.ts'
// @ts-expect-error -- it ships no types, and those of others bring 17 packages
import { Provider } from 'oidc-provider'

export const CLIENT = { client_id: 'flexyagents', client_secret: 'a secret of this test' }
/** What the provider knows of an account, whose id is what the person types there. */
export type Account = { email?: string; email_verified?: boolean; name?: string }

const notYet: RequestListener = (_, response) => void response.writeHead(503).end()

/** Listens first: the Worker has to know the issuer, and the provider the Worker's address. */
export async function startOidcServer() {
  let answer = notYet
  const server = createServer((request, response) => answer(request, response))
  const issuer = `http://127.0.0.1:${await listen(server)}`
  const accounts = new Map<string, Account>()
  return {
    issuer,
    accounts,
    open(workerUrl: string) {
      const provider = new Provider(issuer, {
        clients: [{ ...CLIENT, redirect_uris: [`${workerUrl}/auth/oidc/callback`] }],
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
        pkce: { required: () => true },
        cookies: { keys: ['a key of this test'] },
        findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
      })
      answer = provider.callback()
    },
    close: () => closeNow(server),
  }
}

export type OidcServer = Awaited<ReturnType<typeof startOidcServer>>

/** Follows redirects and keeps cookies by origin. */
export class Browser {
  readonly cookies = new Map<string, Map<string, string>>()

  /** The first response that is no redirect, or the redirect that leads to where `until` says. */
  async go(
    url: string,
    until: (target: URL) => boolean,
    form?: Record<string, string>,
  ): Promise<{ url: URL; response: Response }> {
    let target = new URL(url)
    let body = form && new URLSearchParams(form)
    for (let hops = 0; hops < 15; hops++) {
      const response = await fetch(target, {
        method: body ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { cookie: this.header(target.origin) },
        ...(body ? { body } : {}),
      })
      this.keep(target.origin, response)
      const location = response.headers.get('location')
      if (!location) return { url: target, response }
      await response.arrayBuffer()
      target = new URL(location, target)
      body = undefined
      if (until(target)) return { url: target, response }
    }
    throw new Error('too many redirects')
  }

  private header(origin: string): string {
    return Array.from(this.cookies.get(origin) ?? [], ([name, value]) => `${name}=${value}`).join('; ')
  }

  private keep(origin: string, response: Response): void {
    const jar = this.cookies.get(origin) ?? new Map<string, string>()
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', ...value] = pair.split('=')
      const isOver = attributes.some((attribute) => /^(?:max-age=0|expires=thu, 01 jan 1970)/i.test(attribute))
      if (isOver) jar.delete(name)
      else jar.set(name, value.join('='))
    }
    this.cookies.set(origin, jar)
  }
}

/**
 * Signs in at the provider as somebody would: its form for the account, its form for the consent. Gives the redirect
 * that follows the callback, or with `stopAtCallback` the one to it.
 */
export async function signInAt(
  issuer: string,
  browser: Browser,
  start: string,
  account: string,
  options: { stopAtCallback?: boolean; cancel?: boolean } = {},
): Promise<URL> {
  const workerOrigin = new URL(start).origin
  const isEnd = (target: URL) =>
    target.origin === workerOrigin && (options.stopAtCallback === true || target.pathname !== '/auth/oidc/callback')
  let { url } = await browser.go(start, (target) => isEnd(target) && target.pathname !== '/auth/oidc')
  for (const form of [{ prompt: 'login', login: account, password: 'any' }, { prompt: 'consent' }] as const) {
    if (url.origin !== issuer) break
    const next = options.cancel ? await browser.go(`${url.href}/abort`, isEnd) : await browser.go(url.href, isEnd, form)
    url = next.url
  }
  return url
}
