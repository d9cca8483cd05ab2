/** What one check says; `reset` is the number of seconds until the present window ends. */
export type Verdict = { allowed: boolean; limit: number; remaining: number; reset: number }

/** Seconds in the window that every limit counts over. */
export const WINDOW_SECONDS = 60

/** Port: counts a request of `id` against `limit` requests in a sliding window of 60 seconds. */
export interface Limiter {
  check(id: string, limit: number, now: number): Promise<Verdict>
}
