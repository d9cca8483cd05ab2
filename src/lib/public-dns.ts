import { ExpiringMap } from './expiring-map.ts'
import { isPublicAddress } from './public-url.ts'

export type Lookup =
  | { state: 'public' }
  /** At least one answer lies outside the public internet. */
  | { state: 'denied' }
  /** The name does not exist or has no address. */
  | { state: 'unknown' }
  /** The resolver did not answer: nothing is known, so nothing may be sent. */
  | { state: 'unanswered' }

type Resolver = { fetch: typeof fetch; resolver: string; now: () => number }

const KEPT = 60_000
const TIMEOUT = 5_000
const TYPES = [
  ['A', 1],
  ['AAAA', 28],
] as const
const NO_SUCH_NAME = 3

const known = new ExpiringMap<Lookup>(2_000, KEPT)

/**
 * Whether all addresses of a host name are public, asked of a DNS-over-HTTPS resolver (JSON form, as of Cloudflare and
 * Google). A Worker cannot pin the address that it then connects to, so a name may still change between the look-up
 * and the call: on Cloudflare that leads nowhere, under a self-hosted workerd its network filter has the last word.
 */
export async function lookUp(host: string, resolver: Resolver): Promise<Lookup> {
  const key = `${resolver.resolver} ${host}`
  const cached = known.get(key, resolver.now())
  if (cached) return cached
  const answers = await Promise.all(TYPES.map(([name, type]) => ask(host, name, type, resolver)))
  const lookup = judge(answers)
  if (lookup.state !== 'unanswered') known.set(key, lookup, resolver.now())
  return lookup
}

function judge(answers: (string[] | undefined)[]): Lookup {
  const addresses = answers.flatMap((answer) => answer ?? [])
  if (addresses.some((address) => !isPublicAddress(address))) return { state: 'denied' }
  if (answers.includes(undefined)) return { state: 'unanswered' }
  return { state: addresses.length > 0 ? 'public' : 'unknown' }
}

async function ask(host: string, name: string, type: number, { resolver, ...world }: Resolver) {
  const url = new URL(resolver)
  url.searchParams.set('name', host)
  url.searchParams.set('type', name)
  try {
    const response = await world.fetch(url.href, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    if (!response.ok) {
      await response.body?.cancel()
      return undefined
    }
    return readAnswer(await response.json(), type)
  } catch {
    return undefined
  }
}

/** The addresses of one answer; undefined when it is not one that may be relied upon. */
function readAnswer(answer: unknown, type: number): string[] | undefined {
  const { Status: status, Answer: records } = (answer ?? {}) as { Status?: unknown; Answer?: unknown }
  if (status === NO_SUCH_NAME) return []
  if (status !== 0) return undefined
  if (records === undefined) return []
  if (!Array.isArray(records)) return undefined
  return (records as { type?: unknown; data?: unknown }[])
    .filter((record) => record.type === type)
    .map(({ data }) => String(data))
}
