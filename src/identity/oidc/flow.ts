import type { AuthorizationServer } from 'oauth4webapi'
import * as z from 'zod'
import type { Runtime } from '../../context.ts'
import { open, seal } from '../../lib/crypto.ts'
import { originOf } from '../signed-in.ts'
import { OidcError } from './errors.ts'
import { discover, type Library, loadLibrary, requestOptions, settingsOf } from './provider.ts'

export const CALLBACK_PATH = '/auth/oidc/callback'
export const FLOW_SECONDS = 600
const PLACE = 'oidc flow'

/** What the browser keeps, sealed, while it is at the provider. */
const flow = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  expires: z.number(),
})

/** What the provider says of a person. */
export type Claims = { issuer: string; subject: string; email: string; name: string }

/** Begins the authorization code flow with PKCE: where to send the browser, and the value of its flow cookie. */
export async function beginFlow(runtime: Runtime, next: string): Promise<{ url: string; sealed: string }> {
  const library = await loadLibrary()
  const { clientId } = settingsOf(runtime)
  const server = await discover(runtime)
  if (!server.authorization_endpoint) throw new OidcError('failed')
  const begun = {
    state: library.generateRandomState(),
    nonce: library.generateRandomNonce(),
    verifier: library.generateRandomCodeVerifier(),
    next,
    expires: runtime.now() + FLOW_SECONDS * 1000,
  }
  const url = new URL(server.authorization_endpoint)
  const parameters = {
    client_id: clientId,
    redirect_uri: redirectUri(runtime),
    response_type: 'code',
    scope: 'openid email profile',
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await library.calculatePKCECodeChallenge(begun.verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url: url.href, sealed: await seal(runtime.keyring, JSON.stringify(begun), PLACE) }
}

/**
 * Ends the flow: exchanges the code, checks the ID token with its signature, and gives who it is and where they were
 * going. Throws OidcError for what the person can do something about; anything else that fails is thrown as it is.
 */
export async function finishFlow(
  runtime: Runtime,
  url: URL,
  sealed: string | undefined,
): Promise<{ claims: Claims; next: string }> {
  const begun = await readFlow(runtime, sealed)
  const library = await loadLibrary()
  const { clientId, clientSecret } = settingsOf(runtime)
  const server = await discover(runtime)
  const client = { client_id: clientId }
  const options = await requestOptions(runtime)
  if (url.searchParams.get('error') === 'access_denied') throw new OidcError('cancelled')
  const parameters = library.validateAuthResponse(server, client, url, begun.state)
  const response = await library.authorizationCodeGrantRequest(
    server,
    client,
    authentication(library, server, clientSecret),
    parameters,
    redirectUri(runtime),
    begun.verifier,
    options,
  )
  const checks = { expectedNonce: begun.nonce, requireIdToken: true }
  const tokens = await library.processAuthorizationCodeResponse(server, client, response, checks)
  await library.validateApplicationLevelSignature(server, response, options)
  const claims = library.getValidatedIdTokenClaims(tokens)
  if (!claims) throw new OidcError('failed')
  let profile: Record<string, unknown> = claims
  if (claims.email === undefined && server.userinfo_endpoint) {
    const answer = await library.userInfoRequest(server, client, tokens.access_token, options)
    profile = { ...claims, ...(await library.processUserInfoResponse(server, client, claims.sub, answer)) }
  }
  return { claims: toClaims(claims.iss, claims.sub, profile), next: begun.next }
}

/** Basic is what every provider must take; some say that they take the secret in the body only. */
function authentication(library: Library, server: AuthorizationServer, secret: string | undefined) {
  if (secret === undefined) return library.None()
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const isBasic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
  return isBasic ? library.ClientSecretBasic(secret) : library.ClientSecretPost(secret)
}

async function readFlow(runtime: Runtime, sealed: string | undefined): Promise<z.output<typeof flow>> {
  const text = await open(runtime.keyring, sealed ?? '', PLACE).catch(() => undefined)
  if (text === undefined) throw new OidcError('expired')
  const begun = flow.parse(JSON.parse(text))
  if (begun.expires <= runtime.now()) throw new OidcError('expired')
  return begun
}

/** An address that the provider has not verified is only what somebody typed there. */
function toClaims(issuer: string, subject: string, profile: Record<string, unknown>): Claims {
  const { email, email_verified: verified, name } = profile
  if (typeof email !== 'string' || !(verified === true || verified === 'true')) throw new OidcError('email')
  return { issuer, subject, email, name: typeof name === 'string' && name.trim() ? name : email }
}

const redirectUri = (runtime: Runtime) => (runtime.config.publicOrigin ?? originOf(runtime)) + CALLBACK_PATH
