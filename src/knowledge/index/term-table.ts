/** Finds which of a few terms a hash belongs to, by open addressing: nearly every look-up ends at an empty slot. */
export class TermTable {
  readonly #slots: Int16Array
  readonly #hashes: Int32Array
  readonly #mask: number

  constructor(terms: readonly { hash: number }[]) {
    let size = 256
    while (size < terms.length * 8) size *= 2
    this.#mask = size - 1
    this.#slots = new Int16Array(size).fill(-1)
    this.#hashes = Int32Array.from(terms, (term) => term.hash)
    for (const [at, { hash }] of terms.entries()) {
      let slot = hash & this.#mask
      while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & this.#mask
      this.#slots[slot] = at
    }
  }

  /** The term's index, or -1. */
  find(hash: number): number {
    let slot = hash & this.#mask
    for (;;) {
      const at = this.#slots[slot] as number
      if (at < 0 || this.#hashes[at] === hash) return at
      slot = (slot + 1) & this.#mask
    }
  }
}
