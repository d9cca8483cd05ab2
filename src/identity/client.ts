import { clientAddress } from '../http/rate-limit.ts'
import { cookieOf } from './cookie.ts'

/** The browser that a person sits at, as far as sign-in needs to know it. */
export type Client = {
  /** As the rate limits count it. */
  address: string
  userAgent: string
  /** The token that its session cookie holds already, of whatever session. */
  token: string | undefined
}

export function clientOf(request: Request): Client {
  const { headers } = request
  return {
    address: clientAddress(headers),
    // oxlint-disable-next-line no-control-regex -- control characters are what is cut out here
    userAgent: (headers.get('user-agent') ?? '').replace(/[\u0000-\u001F\u007F]/g, '').slice(0, 200),
    token: cookieOf(request),
  }
}
