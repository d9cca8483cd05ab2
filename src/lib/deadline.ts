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
  }

  clear(): void {
    clearTimeout(this.timer)
  }

  private arm(): void {
    this.timer = setTimeout(
      () => {
        if (Date.now() < this.next) return this.arm()
        this.expired = true
        this.controller.abort()
      },
      Math.max(1, this.next - Date.now()),
    )
  }
}
