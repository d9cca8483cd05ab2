import { problem } from '../lib/problem.ts'

export const MIN_PASSWORD = 10
export const MAX_PASSWORD = 256
const MIN_DIFFERENT = 5

/** The common ones that are long enough to be asked about here, without what people put at their ends. */
const COMMON = new Set(
  `password passw0rd p4ssword motdepasse passwort kennwort contrasena qwertyuiop qwertyui qwertzuiop azertyuiop asdfghjkl
  asdfghjklö zxcvbnm 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r 1qaz2wsx3edc 1qaz2wsx zaq12wsx qazwsxedc qazwsxedcrfv
  iloveyou ilovechocolate letmein welcome administrator superman princess sunshine football baseball basketball
  trustnoone starwars whatever changeme changemenow changeit default secret topsecret internet computer dragon monkey
  master michael charlie jennifer abcdefghij abcdefghijkl abc abcd abcde qwerty qweasdzxc test testtest testing
  hello helloworld flexyagents customer support company password1password`.split(/\s+/),
)

/**
 * Throws VALIDATION_FAILED, with the reason, for a new password that is too short, too long or easily guessed. No
 * rule about kinds of characters: those make passwords worse (NIST SP 800-63B).
 */
export function requireGoodPassword(password: string, email: string): void {
  const reason = weakness(password.normalize('NFKC'), email)
  if (reason) throw problem('VALIDATION_FAILED', { message: `password: ${reason}`, param: 'password' })
}

function weakness(password: string, email: string): string | undefined {
  const { length } = Array.from(password)
  if (length < MIN_PASSWORD) return `use at least ${MIN_PASSWORD} characters`
  if (length > MAX_PASSWORD) return `use at most ${MAX_PASSWORD} characters`
  if (new Set(password).size < MIN_DIFFERENT) return 'use more different characters'
  const plain = password.toLowerCase()
  const [mailbox = ''] = email.split('@')
  const core = plain.replace(/^[\d\W_]+|[\d\W_]+$/g, '')
  if (plain === email || core === mailbox) return 'do not use your e-mail address'
  if (COMMON.has(plain) || COMMON.has(core) || isRun(plain)) return 'this one is easily guessed; use another'
  return undefined
}

/** `1234567890`, `abcdefghij` and the like, up or down. */
function isRun(text: string): boolean {
  const steps = new Set<number>()
  for (let i = 1; i < text.length; i++) steps.add(text.charCodeAt(i) - text.charCodeAt(i - 1))
  // The wrap from 9 to 0 is the only other step that 1234567890 has.
  steps.delete(-9)
  return steps.size <= 1
}
