import type { Runtime } from '../context.ts'
import { problem } from '../lib/problem.ts'

/** A hash stops the isolate for about half of this; the other half is for everybody else. */
const SLOT = 300
const MAX_WAIT = 3_000

let freeAt = 0

/**
 * Waits for this isolate's next turn to hash a password. One at a time, and never more than half of the time: scrypt
 * lets no other request move while it runs. A schedule and no lock, because a request whose client leaves may never
 * give a lock back. Throws UNAVAILABLE when too many wait already.
 */
export async function waitForHashSlot(runtime: Runtime): Promise<void> {
  const now = runtime.now()
  const turn = Math.max(now, freeAt)
  if (turn - now > MAX_WAIT) {
    throw problem('UNAVAILABLE', { message: 'Too many people sign in at this moment.', retryAfter: 3 })
  }
  freeAt = turn + SLOT
  if (turn > now) await scheduler.wait(turn - now)
}
