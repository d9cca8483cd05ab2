import type { Runtime } from '../context.ts'
import { type NamedLimit, requireRate } from '../http/rate-limit.ts'
import { sha256Hex } from '../lib/crypto.ts'

const PER_ADDRESS: NamedLimit = { name: 'sign-in-address', limit: 5, seconds: 60 }
const PER_ACCOUNT: NamedLimit = { name: 'sign-in-account', limit: 10, seconds: 3_600 }
const MAILS_PER_ADDRESS: NamedLimit = { name: 'mail-address', limit: 5, seconds: 60 }
const MAILS_PER_ACCOUNT: NamedLimit = { name: 'mail-account', limit: 5, seconds: 3_600 }

/** Before a password is hashed, which is what an attacker would make us do. Throws RATE_LIMITED. */
export async function requireSignInRate(runtime: Runtime, address: string, email: string): Promise<void> {
  await requireRate(runtime, PER_ADDRESS, address)
  await requireRate(runtime, PER_ACCOUNT, await sha256Hex(email))
}

/** Before a mail goes to an address that anybody may have typed. Throws RATE_LIMITED. */
export async function requireMailRate(runtime: Runtime, address: string, email: string): Promise<void> {
  await requireRate(runtime, MAILS_PER_ADDRESS, address)
  await requireRate(runtime, MAILS_PER_ACCOUNT, await sha256Hex(email))
}
