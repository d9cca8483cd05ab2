/**
 * Whether an Origin header is one of a list. Exact on scheme, host and port; `https://*.example.com` means every
 * subdomain and not the domain itself. A guard against abuse and no authentication: programs forge the header.
 */
export function isListedOrigin(list: readonly string[], origin: string): boolean {
  // A browser sends the serialized origin; anything else that merely ends like one is none.
  if (!/^https?:\/\/[a-z0-9.-]+(?::\d+)?$/.test(origin) || !URL.canParse(origin)) return false
  const { protocol, hostname, port, origin: canonical } = new URL(origin)
  if (canonical !== origin) return false
  return list.some((entry) => {
    const [scheme, host = ''] = entry.split('://*.')
    if (host === '') return entry === origin
    const [name, entryPort = ''] = host.split(':')
    if (`${scheme}:` !== protocol || entryPort !== port || !hostname.endsWith(`.${name}`)) return false
    return hostname
      .slice(0, -`.${name}`.length)
      .split('.')
      .every((label) => /^[a-z0-9-]+$/.test(label))
  })
}

/** Whether a host is this very machine: what exists for development only answers nowhere else. */
export function isLoopback(hostname: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
