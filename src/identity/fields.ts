// What forms and the API ask of people, said once.
import * as z from 'zod'
import { name as anyName } from '../http/schemas.ts'

/** Trimmed and in lower case: every mailbox provider that matters ignores case, and people do not remember theirs. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused here
  .regex(/^[^\s@<>"'(),:;\\[\]\u0000-\u001F\u007F]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)+[\p{L}\p{N}-]{2,63}$/u, {
    error: 'expected an e-mail address',
  })
  .meta({ format: 'email', example: 'ada@example.com' })

/** Rules for new ones are in `password-rules.ts`, so that they can name the reason. */
export const password = z.string().min(1).max(1_024).meta({ format: 'password' })
export const personName = anyName.max(80)
export const workspaceName = anyName
export const linkToken = z.string().min(1).max(4_096)
