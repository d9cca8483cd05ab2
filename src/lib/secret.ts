import { type Keyring, keyIdOf, open } from './crypto.ts'
import type { Log } from './log.ts'
import { problem } from './problem.ts'

/**
 * Opens a sealed secret for use. Throws UNAVAILABLE when its key-encryption key is missing or it is not what was
 * sealed for this place: nothing is ever used in its stead. The log names the key and the place, which are no secrets.
 */
export async function openSecret(
  { keyring, log }: { keyring: Keyring; log: Log },
  sealed: string,
  place: string,
): Promise<string> {
  try {
    return await open(keyring, sealed, place)
  } catch {
    const keyId = keyIdOf(sealed)
    log('error', 'secret_not_opened', { place, keyId, keyIsMissing: !keyring.keys.has(keyId ?? '') })
    const message = 'A secret that this needs cannot be opened at the moment.'
    throw problem('UNAVAILABLE', { message, retryAfter: 60 })
  }
}
