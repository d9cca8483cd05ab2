/** The way out: what the settings of the Worker say about calls to addresses that customers gave. */
export type Outbound = {
  fetch: typeof fetch
  /** DNS over HTTPS, JSON form. */
  resolver: string
  ownHosts: readonly string[]
  /** Origins on this machine that may be called nevertheless; made by `loopbackOrigins`, empty in production. */
  loopback: readonly string[]
  userAgent: string
  now: () => number
}

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * The origins on this machine that a developer lets the Worker call: those of the setting (`http://127.0.0.1:8080`,
 * separated by commas), and only while the Worker itself is served on this machine. Both must hold, because either can
 * go wrong alone: a setting may be copied to production, and behind a careless proxy a caller chooses the Host header.
 * Throws when the setting names anything else than a loopback origin.
 */
export function loopbackOrigins(setting: string | undefined, servedOn: string | undefined): string[] {
  const origins = (setting ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    if (!url || url.origin !== origin || !LOOPBACK_HOSTS.has(url.hostname)) {
      throw new Error('ALLOW_LOOPBACK_URLS must be a list of origins such as http://127.0.0.1:8080')
    }
  }
  return servedOn !== undefined && LOOPBACK_HOSTS.has(new URL(servedOn).hostname) ? origins : []
}

export function isLoopback(text: string, { loopback }: Outbound): boolean {
  if (loopback.length === 0 || !URL.canParse(text)) return false
  const { origin, hostname, username, password } = new URL(text)
  return LOOPBACK_HOSTS.has(hostname) && loopback.includes(origin) && !username && !password
}
