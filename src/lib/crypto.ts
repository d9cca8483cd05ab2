import { fromBase64Url, fromHex, toBase64Url, toHex, utf8, text } from './bytes.ts'

export async function sha256Hex(value: string | Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(await crypto.subtle.digest('SHA-256', typeof value === 'string' ? utf8(value) : value))
}

/** Compares two hexadecimal digests of equal length without telling by its time where they differ. */
export function equalDigests(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** Key-encryption keys by id, and the id that new secrets are sealed with. */
export type Keyring = {
  current: string
  keys: ReadonlyMap<string, Promise<CryptoKey>>
  /** The same secrets as roots that keys for other purposes are derived from, see `mac`. */
  roots: ReadonlyMap<string, Promise<CryptoKey>>
}

/**
 * Reads `KEK_<id>` (64 hexadecimal characters, AES-256) and `KEK_CURRENT` (an id) from the environment.
 * Throws when the current key is missing or malformed: nothing is ever stored in clear instead.
 */
export function readKeyring(env: object): Keyring {
  const keys = new Map<string, Promise<CryptoKey>>()
  const roots = new Map<string, Promise<CryptoKey>>()
  const current = (env as Record<string, unknown>).KEK_CURRENT
  for (const [name, value] of Object.entries(env)) {
    const id = /^KEK_([0-9a-z]+)$/.exec(name)?.[1]
    if (!id || typeof value !== 'string' || !/^[0-9a-f]{64}$/i.test(value)) continue
    keys.set(id, crypto.subtle.importKey('raw', fromHex(value), 'AES-GCM', false, ['encrypt', 'decrypt']))
    roots.set(id, crypto.subtle.importKey('raw', fromHex(value), 'HKDF', false, ['deriveKey']))
  }
  if (typeof current !== 'string' || !keys.has(current)) {
    throw new Error('KEK_CURRENT must name a KEK_<id> of 64 hexadecimal characters')
  }
  return { current, keys, roots }
}

const IV_BYTES = 12

/**
 * Seals text as `v1.<key id>.base64url(iv 12 bytes || ciphertext || tag 16 bytes)`, AES-256-GCM. `place` is the
 * additional authenticated data (`org|table|column|row`), so a ciphertext copied to another row does not open.
 */
export async function seal(keyring: Keyring, plaintext: string, place: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const key = await keyOf(keyring.keys, keyring.current)
  const params = { name: 'AES-GCM', iv, additionalData: utf8(place) }
  const sealed = new Uint8Array(await crypto.subtle.encrypt(params, key, utf8(plaintext)))
  const out = new Uint8Array(iv.length + sealed.length)
  out.set(iv)
  out.set(sealed, iv.length)
  return `v1.${keyring.current}.${toBase64Url(out)}`
}

/** Opens what `seal` made for the same place; throws when the text, the key id or the place is another. */
export async function open(keyring: Keyring, sealed: string, place: string): Promise<string> {
  const [version, keyId, body] = sealed.split('.')
  if (version !== 'v1' || !keyId || !body) throw new Error('not a sealed secret')
  const bytes = fromBase64Url(body)
  const params = { name: 'AES-GCM', iv: bytes.slice(0, IV_BYTES), additionalData: utf8(place) }
  return text(await crypto.subtle.decrypt(params, await keyOf(keyring.keys, keyId), bytes.slice(IV_BYTES)))
}

/** The id of the key that sealed this; undefined for what is no sealed secret. */
export function keyIdOf(sealed: string): string | undefined {
  return /^v1\.([0-9a-z]+)\./.exec(sealed)?.[1]
}

/**
 * HMAC-SHA256 of a message under a key that is derived for this purpose alone (HKDF), so that what one part of the
 * product signs means nothing to another. Throws when the keyring does not hold `keyId` any more.
 */
export async function mac(
  keyring: Keyring,
  purpose: string,
  message: Uint8Array<ArrayBuffer>,
  keyId = keyring.current,
): Promise<Uint8Array<ArrayBuffer>> {
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(purpose) }
  const type = { name: 'HMAC', hash: 'SHA-256', length: 256 }
  const key = await crypto.subtle.deriveKey(derivation, await keyOf(keyring.roots, keyId), type, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}

function keyOf(keys: Keyring['keys'], id: string): Promise<CryptoKey> {
  const key = keys.get(id)
  if (!key) throw new Error(`no key-encryption key with id ${id}`)
  return key
}
