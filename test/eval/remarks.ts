/** What is odd about the files of a set: told, never a reason to stop. */
export class Remarks {
  readonly #kinds = new Map<string, string[]>()

  /** `where` names a line, such as `corpus.jsonl:12`; of each kind the first few are shown. */
  add(kind: string, where: string): void {
    const known = this.#kinds.get(kind)
    if (known) known.push(where)
    else this.#kinds.set(kind, [where])
  }

  lines(): string[] {
    return Array.from(this.#kinds, ([kind, places]) => {
      const more = places.length > SHOWN ? ` and ${places.length - SHOWN} more` : ''
      return `${kind}: ${places.slice(0, SHOWN).join(', ')}${more}`
    })
  }
}

const SHOWN = 5
