import type { Environment } from '../context.ts'
import { crc32, randomBase62, toBase62 } from '../lib/bytes.ts'

const ID_LENGTH = 12
const SECRET_LENGTH = 32
const CHECKSUM_LENGTH = 6
const FORMAT = /^fxa_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/

/** A new key: `fxa_<environment>_<12 base62>_<32 base62 = 190 bits><6 base62 of the CRC-32 of all before>`. */
export function mintKey(environment: Environment): string {
  const body = `fxa_${environment}_${randomBase62(ID_LENGTH)}_${randomBase62(SECRET_LENGTH)}`
  return body + checksum(body)
}

/** Whether text can be one of our keys. A wrong checksum is told without a database read. */
export function isKey(text: string): boolean {
  return FORMAT.test(text) && checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH)
}

/** What lists show of a key: `fxa_test_Q7mZ0aB3cD4e`. */
export function prefixOf(key: string): string {
  return key.slice(0, key.lastIndexOf('_'))
}

function checksum(body: string): string {
  return toBase62(crc32(body), CHECKSUM_LENGTH)
}

/** Why a text that should be a key is none, for the mistakes that copying and pasting makes. */
export function keyMistake(text: string): string | undefined {
  if (/^["'`]/.test(text)) return 'The key starts with a quote.'
  if (/["'`]$/.test(text)) return 'The key ends with a quote.'
  if (/\s/.test(text)) return 'The key contains white space.'
  if (/^(?:YOUR|<|\$|\{)/i.test(text)) return 'The placeholder was not replaced by a key.'
  if (!text.startsWith('fxa_')) return 'The key does not start with fxa_.'
  return undefined
}
