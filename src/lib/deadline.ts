/**
 * A watchdog for a stream: aborts when nothing happened for as long as the phase allows, or when the whole took too
 * long. One timer at a time that looks again when it fires, so a token costs no timer.
 */
export class Deadline {
  readonly signal: AbortSignal
  private readonly controller = new AbortController()
  private readonly end: number
  private next: number
  private timer: ReturnType<typeof setTimeout> | undefined
  private rings = 0
  /** Whether this watchdog, and not the caller's signal, ended the work. */
  expired = false

  constructor(options: { first: number; total: number; signal: AbortSignal }) {
    const now = Date.now()
    this.end = now + options.total
    this.next = Math.min(now + options.first, this.end)
    this.signal = AbortSignal.any([this.controller.signal, options.signal])
    this.arm()
  }

  /** Something arrived: the next thing has `gap` milliseconds. */
  extend(gap: number): void {
    this.next = Math.min(Date.now() + gap, this.end)
    // Only where the gap is shorter than what the timer waits for; else it looks again when it fires.
    if (this.next < this.rings) this.arm()
  }

  clear(): void {
    clearTimeout(this.timer)
  }

  private arm(): void {
    clearTimeout(this.timer)
    this.rings = Math.max(this.next, Date.now() + 1)
    this.timer = setTimeout(() => {
      if (Date.now() < this.next) return this.arm()
      this.expired = true
      this.controller.abort()
    }, this.rings - Date.now())
  }
}
