import ipaddr from 'ipaddr.js'

/** Why an address is refused. The first reason that holds is told. */
export type UrlRefusal =
  | 'length'
  | 'characters'
  | 'parse'
  | 'scheme'
  | 'userinfo'
  | 'port'
  | 'hostname'
  | 'ip-literal'
  | 'single-label'
  | 'special-tld'
  | 'rebind-service'
  | 'own-host'

export type UrlPolicy = {
  /** Hosts of our own, also as `*.example.com`: a call to them would loop or act with our privileges. */
  ownHosts: readonly string[]
  /** For pages that are only read; webhooks and keys go over https alone. */
  allowHttp?: boolean
}

const MAX_LENGTH = 2_048
const PORTS = new Set(['', '443', '8443'])
const HTTP_PORTS = new Set([...PORTS, '80', '8080'])

/** Names that no public resolver answers for, or that machines inside a network answer to. */
const SPECIAL_TLDS = new Set(
  `localhost local localdomain internal intranet lan home corp private arpa test example invalid onion i2p alt svc
   consul docker cluster workgroup domain`.split(/\s+/),
)
/** Services whose names resolve to whatever address the name asks for, or to this machine. */
const REBIND_SERVICES = `nip.io sslip.io xip.io lvh.me localtest.me 1u.ms rbndr.us traefik.me vcap.me lacolhost.com
  fuf.me local.gd localho.st backname.io rebind.network rebind.it`.split(/\s+/)

/** Control characters, white space, backslashes, and characters that are not seen. */
const REFUSED_CHARACTERS = /[\p{Cc}\p{Cf}\p{Z}\\\u115f\u1160\u3164\uffa0]/u

/**
 * Judges the text of a URL that a customer gave, before any lookup: only public host names on the usual ports pass.
 * The parser's view of the host is judged, never the raw text: `0x7f.1` and `①②⑦.0.0.1` are addresses as well.
 */
export function judgeUrl(text: string, policy: UrlPolicy): { url: URL } | { refused: UrlRefusal } {
  if (text.length > MAX_LENGTH) return { refused: 'length' }
  if (REFUSED_CHARACTERS.test(text)) return { refused: 'characters' }
  // Without two slashes the parser reads `https:host` in a way of its own.
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(text)?.[1]
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:')) return { refused: 'scheme' }
  if (!url || authority === undefined) return { refused: 'parse' }
  if (authority.includes('@')) return { refused: 'userinfo' }
  if (!(policy.allowHttp ? HTTP_PORTS : PORTS).has(url.port)) return { refused: 'port' }
  const refused = judgeHost(url.hostname.toLowerCase(), policy)
  return refused ? { refused } : { url }
}

function judgeHost(hostname: string, policy: UrlPolicy): UrlRefusal | undefined {
  const host = hostname.replace(/\.$/, '')
  if (host.startsWith('[') || ipaddr.isValid(host)) return 'ip-literal'
  if (host === '' || host.length > 253 || !host.split('.').every(isLabel)) return 'hostname'
  const labels = host.split('.')
  const tld = labels.at(-1) ?? ''
  if (SPECIAL_TLDS.has(tld) && labels.length > 1) return 'special-tld'
  if (labels.length === 1) return 'single-label'
  if (/^\d+$/.test(tld)) return 'hostname'
  if (REBIND_SERVICES.some((service) => isWithin(host, service))) return 'rebind-service'
  if (policy.ownHosts.some((own) => (own.startsWith('*.') ? isWithin(host, own.slice(2)) : host === own)))
    return 'own-host'
  return undefined
}

const isLabel = (label: string) => label.length <= 63 && /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label)
const isWithin = (host: string, domain: string) => host === domain || host.endsWith(`.${domain}`)

/** Addresses beyond the library's names: cloud hosts, translation prefixes and the rest of the unassigned space. */
const ALSO_DENIED = ['168.63.129.16/32', '192.88.99.0/24', '2001::/23', '3fff::/20', '64:ff9b:1::/48'].map((range) =>
  ipaddr.parseCIDR(range),
)
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3')

/** Whether an address that a name resolved to is on the public internet. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  // The library takes `::1.2.3.4`, an obsolete form of version 6, for the v4 address.
  if (/:[^:]*\./.test(text) && !/:ffff:[\d.]+$/i.test(text)) return false
  // A v4 address in v6 clothes is judged as the v4 address.
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv6' && !address.match(GLOBAL_IPV6)) return false
  return !ALSO_DENIED.some((range) => range[0].kind() === address.kind() && address.match(range))
}
