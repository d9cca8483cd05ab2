// Ids say what they name and sort by the time they were made: `msg_` + 26 characters of Crockford base32
// (48 bits of epoch milliseconds, 80 random bits), as in the ULID specification, in lower case and without dots.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RANDOM_LENGTH = 16

export type IdPrefix =
  | 'org'
  | 'usr'
  | 'ses'
  | 'inv'
  | 'mal'
  | 'agt'
  | 'key'
  | 'src'
  | 'doc'
  | 'cnv'
  | 'msg'
  | 'evt'
  | 'aud'
  | 'crd'
  | 'lse'
  | 'req'

let lastTime = 0
let lastRandom: number[] = []

/** A new id. Two ids made by one isolate sort in the order they were made, also within a millisecond. */
export function newId(prefix: IdPrefix, now = Date.now()): string {
  if (now > lastTime) {
    lastTime = now
    lastRandom = Array.from(crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH)), (byte) => byte & 31)
  } else {
    increment(lastRandom)
  }
  return `${idAt(prefix, lastTime)}${lastRandom.map((digit) => ALPHABET[digit]).join('')}`
}

/** How ids that are made at this time begin; those made before sort before it. */
export function idAt(prefix: IdPrefix, now: number): string {
  let time = ''
  for (let rest = now, i = 0; i < 10; i++) {
    time = ALPHABET[rest % 32] + time
    rest = Math.floor(rest / 32)
  }
  return `${prefix}_${time}`
}

/** Whether `value` has the shape of an id with this prefix; says nothing about its existence. */
export function isId(prefix: IdPrefix, value: string): boolean {
  return value.startsWith(`${prefix}_`) && /^[0-9a-z]{4,40}$/.test(value.slice(prefix.length + 1))
}

function increment(digits: number[]): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = (digits[i] ?? 0) + 1
    digits[i] = next & 31
    if (next < 32) return
  }
}
