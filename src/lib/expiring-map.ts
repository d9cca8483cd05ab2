/**
 * A map for one isolate that forgets entries after `lifetime` milliseconds and never holds more than `size` of them
 * (the oldest written goes first). Holds values, never promises of one request that another would wait for.
 */
export class ExpiringMap<V> {
  private readonly entries = new Map<string, { value: V; expires: number }>()
  private readonly size: number
  private readonly lifetime: number

  constructor(size: number, lifetime: number) {
    this.size = size
    this.lifetime = lifetime
  }

  get(key: string, now: number): V | undefined {
    const entry = this.entries.get(key)
    if (!entry) return undefined
    if (entry.expires > now) return entry.value
    this.entries.delete(key)
    return undefined
  }

  set(key: string, value: V, now: number): void {
    this.entries.delete(key)
    this.entries.set(key, { value, expires: now + this.lifetime })
    if (this.entries.size > this.size) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest)
        break
      }
    }
  }

  delete(key: string): void {
    this.entries.delete(key)
  }
}
