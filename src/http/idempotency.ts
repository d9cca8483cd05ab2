import { actorId, type Tenant } from '../context.ts'
import { seal, sha256Hex } from '../lib/crypto.ts'
import { problem } from '../lib/problem.ts'
import { openSecret } from '../lib/secret.ts'

/** A claim on an Idempotency-Key: either the answer of the request that had it before, or the right to run. */
export type Claim = {
  replay: unknown
  /** Stores the answer for 24 hours. */
  complete: (answer: unknown) => Promise<void>
  /** Gives the key free again: nothing was done. */
  abandon: () => Promise<void>
}

const HEADER = 'idempotency-key'

/**
 * Claims the request's Idempotency-Key, whose scope is (organization, key, method, path) and whose fingerprint is the
 * SHA-256 of the canonical body. Undefined without the header. Throws IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_MISMATCH
 * and VALIDATION_FAILED for a key that is none.
 */
export async function claimIdempotencyKey(tenant: Tenant, request: Request, body: unknown): Promise<Claim | undefined> {
  const header = request.headers.get(HEADER)
  if (header === null) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    const message = 'Idempotency-Key: expected 1 to 255 visible ASCII characters'
    throw problem('VALIDATION_FAILED', { message, param: HEADER })
  }
  const actor = actorId(tenant.actor)
  const store = tenant.idempotency.getByName(`${tenant.org.id}/${actor}`)
  const key = `${request.method} ${new URL(request.url).pathname} ${header}`
  const place = `${tenant.org.id}|idempotency|${actor}|${key}`
  const begin = await store.begin(key, await fingerprint(request, body))
  if (begin.state === 'running') throw problem('IDEMPOTENCY_IN_PROGRESS', { retryAfter: 1 })
  if (begin.state === 'mismatch') throw problem('IDEMPOTENCY_MISMATCH', { param: HEADER })
  return {
    replay: begin.state === 'done' ? JSON.parse(await openSecret(tenant, begin.sealed, place)) : undefined,
    complete: async (answer) => store.complete(key, await seal(tenant.keyring, JSON.stringify(answer), place)),
    abandon: () => store.abandon(key),
  }
}

/** Of a file its bytes and the query, which names it. */
function fingerprint(request: Request, body: unknown): Promise<string> {
  return isUpload(body) ? hashUpload(new URL(request.url).search, body.bytes) : sha256Hex(canonical(body))
}

const isUpload = (body: unknown): body is { bytes: Uint8Array<ArrayBuffer> } =>
  typeof body === 'object' && body !== null && 'bytes' in body && body.bytes instanceof Uint8Array

const hashUpload = async (search: string, bytes: Uint8Array<ArrayBuffer>) =>
  sha256Hex(`${search}\n${await sha256Hex(bytes)}`)

/** JSON with sorted member names: two spellings of the same body have one fingerprint. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  })
}
