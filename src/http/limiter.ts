/** What one check says; `reset` is the number of seconds until the present window ends. */
export type Verdict = { allowed: boolean; limit: number; remaining: number; reset: number }

/** Seconds in the window that a limit counts over unless it says otherwise. */
export const WINDOW_SECONDS = 60

/** Port: counts a request of `id` against `limit` requests in a sliding window of `seconds` (60). */
export interface Limiter {
  check(id: string, limit: number, now: number, seconds?: number): Promise<Verdict>
}
