import vectors from '../data/ssrf-vectors.json' with { type: 'json' }

export const OWN_HOSTS: readonly string[] = vectors.config.ownHosts

export type UrlVector = { url: string; decision: string; reason?: string }
export const URL_VECTORS: readonly UrlVector[] = vectors.urls
export const ADDRESS_VECTORS: readonly { ip: string; decision: string }[] = vectors.ips

/** Ways to write this machine, a port included: each of them reached a server in a Worker without a guard. */
export function spellingsOf(port: number, scheme = 'http'): string[] {
  const hosts = `127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 0.0.0.0 localhost
    LOCALHOST localhost. foo.localhost [::1] [::] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1] ①②⑦.⓪.⓪.① １２７.0.0.1
    127。0。0。1 %31%32%37.0.0.1 127.0.0.1.nip.io localtest.me user@127.0.0.1 user:word@127.0.0.1
    127.0.0.1\u00ad 127.0.0.1.`.split(/\s+/)
  const odd = [`${scheme}:127.0.0.1:${port}/`, `${scheme}:///127.0.0.1:${port}/`, `${scheme}:\\\\127.0.0.1:${port}/`]
  return [...hosts.map((host) => `${scheme}://${host}:${port}/`), ...odd]
}
