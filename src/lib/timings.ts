/** Collects the phases of one request for the Server-Timing header (W3C Server Timing; durations in milliseconds). */
export class Timings {
  private readonly started = performance.now()
  private readonly phases: string[] = []

  /** Runs `work` and books its wall time under `name`, also when it fails. */
  async measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await work()
    } finally {
      this.book(name, performance.now() - start)
    }
  }

  book(name: string, milliseconds: number): void {
    this.phases.push(`${name};dur=${milliseconds.toFixed(1)}`)
  }

  header(): string {
    return [...this.phases, `total;dur=${this.elapsed().toFixed(1)}`].join(', ')
  }

  elapsed(): number {
    return performance.now() - this.started
  }
}
