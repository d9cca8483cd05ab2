import type { AuthorizationServer } from 'oauth4webapi'
import type { Runtime } from '../../context.ts'
import { ExpiringMap } from '../../lib/expiring-map.ts'
import { isLoopback } from '../../lib/origin.ts'
import { problem } from '../../lib/problem.ts'

const TIMEOUT = 10_000
/** Providers' metadata by issuer: it changes once in years, and every sign-in would ask for it. */
const known = new ExpiringMap<AuthorizationServer>(4, 3_600_000)

type Settings = NonNullable<Runtime['config']['oidc']>

/** Loaded by the routes of a provider only: 18 KB that no chat pays for at start-up. */
export const loadLibrary = () => import('oauth4webapi')
export type Library = Awaited<ReturnType<typeof loadLibrary>>

/** The configured provider. Throws NOT_FOUND when there is none. */
export function settingsOf({ config }: Runtime): Settings {
  if (!config.oidc) throw problem('NOT_FOUND')
  return config.oidc
}

/** How the provider is asked: through the runtime, not for ever, and over plain http only on this very machine. */
export async function requestOptions(runtime: Runtime) {
  const { customFetch, allowInsecureRequests } = await loadLibrary()
  const { protocol, hostname } = new URL(settingsOf(runtime).issuer)
  return {
    [customFetch]: runtime.fetch,
    [allowInsecureRequests]: protocol === 'http:' && isLoopback(hostname),
    signal: () => AbortSignal.timeout(TIMEOUT),
  }
}

/** The provider's endpoints and keys, by discovery. */
export async function discover(runtime: Runtime): Promise<AuthorizationServer> {
  const { issuer } = settingsOf(runtime)
  const remembered = known.get(issuer, runtime.now())
  if (remembered) return remembered
  const { discoveryRequest, processDiscoveryResponse } = await loadLibrary()
  const url = new URL(issuer)
  const response = await discoveryRequest(url, { ...(await requestOptions(runtime)), algorithm: 'oidc' })
  const server = await processDiscoveryResponse(url, response)
  known.set(issuer, server, runtime.now())
  return server
}
