import { fromBase64Url, toBase64Url, utf8 } from '../lib/bytes.ts'
import { type Keyring, mac } from '../lib/crypto.ts'

/** OWASP's equivalent of N=2^17 p=1 that fits an isolate: 16 MiB, about 150 ms, below workerd's cost limit of 2^20. */
const COST = { ln: 14, r: 8, p: 5 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const PEPPER = 'password pepper'
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2}),keyid=([0-9a-z]+)\$([\w-]+)\$([\w-]+)$/

type Parameters = { ln: number; r: number; p: number; keyId: string }

/** The PHC string that stands for a password: scrypt of its HMAC under a key that the database does not hold. */
export async function hashPassword(keyring: Keyring, password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const parameters = { ...COST, keyId: keyring.current }
  const hash = await derive(keyring, password, salt, parameters)
  const { ln, r, p, keyId } = parameters
  return `$scrypt$ln=${ln},r=${r},p=${p},keyid=${keyId}$${toBase64Url(salt)}$${toBase64Url(hash)}`
}

/**
 * Whether the password is the one that was hashed, and whether it should be hashed anew because parameters or the
 * pepper's key have changed. Without a hash the same work is done for nothing, so that time does not tell who exists.
 */
export async function verifyPassword(
  keyring: Keyring,
  password: string,
  stored: string | null,
): Promise<{ matches: boolean; isStale: boolean }> {
  const [, ln, r, p, keyId = '', salt = '', hash = ''] = PHC.exec(stored ?? '') ?? []
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p), keyId }
  if (!hash || !keyring.roots.has(keyId)) {
    await derive(keyring, password, new Uint8Array(SALT_BYTES), { ...COST, keyId: keyring.current })
    return { matches: false, isStale: false }
  }
  const expected = fromBase64Url(hash)
  const given = await derive(keyring, password, fromBase64Url(salt), parameters)
  const { timingSafeEqual } = await import('node:crypto')
  const matches = given.length === expected.length && timingSafeEqual(given, expected)
  const isOfToday = parameters.ln === COST.ln && parameters.r === COST.r && parameters.p === COST.p
  return { matches, isStale: !isOfToday || keyId !== keyring.current }
}

async function derive(
  keyring: Keyring,
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  { ln, r, p, keyId }: Parameters,
): Promise<Uint8Array> {
  const peppered = await mac(keyring, PEPPER, utf8(password.normalize('NFKC')), keyId)
  // Loaded only where a password is: no chat pays for it.
  const { scryptSync } = await import('node:crypto')
  return new Uint8Array(scryptSync(peppered, salt, HASH_BYTES, { N: 2 ** ln, r, p, maxmem: 64 * 1024 * 1024 }))
}
