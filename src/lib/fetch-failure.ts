/** Why a call to the internet failed. */
export type FetchFailureReason =
  /** The URL is not one that may be called; `detail` is the `UrlRefusal`. */
  | 'refused-url'
  /** The name resolves to an address that is not on the public internet. */
  | 'refused-address'
  /** The name does not exist, or the resolver did not answer. */
  | 'dns'
  /** Nobody took the connection, or it broke. */
  | 'refused'
  | 'tls'
  | 'timeout'
  /** Too many redirects, or one that names no address. */
  | 'redirect'
  | 'too-large'
  /** The caller gave up. */
  | 'aborted'

const MESSAGES: Record<FetchFailureReason, string> = {
  'refused-url': 'This address may not be called.',
  'refused-address': 'This name does not belong to a public address.',
  dns: 'The name of this server could not be found.',
  refused: 'The server did not take the connection or broke it off.',
  tls: "The server's certificate is not valid.",
  timeout: 'The server took too long.',
  redirect: 'The server redirects too often or to nowhere.',
  'too-large': 'The answer is too large.',
  aborted: 'The call was given up.',
}
const RETRYABLE = new Set<FetchFailureReason>(['dns', 'refused', 'timeout'])

/** A call to the internet that brought no answer. The message may be shown to a customer. */
export class FetchFailure extends Error {
  readonly reason: FetchFailureReason
  readonly detail: string | undefined

  constructor(reason: FetchFailureReason, detail?: string) {
    super(MESSAGES[reason])
    this.name = 'FetchFailure'
    this.reason = reason
    this.detail = detail
  }

  /** Whether the same call may succeed later without a change. */
  get retryable(): boolean {
    return RETRYABLE.has(this.reason)
  }
}

/** What the platform throws is text only; workerd and Node say the same things in different words. */
export function toFailure(error: unknown): FetchFailure {
  if (error instanceof FetchFailure) return error
  const texts: string[] = []
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    texts.push(cause.message, 'code' in cause ? String(cause.code) : '')
  }
  const text = texts.join(' ')
  if (/\bTLS\b|\bSSL\b|certificate|CERT_|ERR_TLS/i.test(text)) return new FetchFailure('tls')
  if (/\bDNS\b|ENOTFOUND|EAI_AGAIN|getaddrinfo/i.test(text)) return new FetchFailure('dns')
  return new FetchFailure('refused')
}
