import type { Sql } from '../../lib/migrate.ts'

/** D1 and Durable Objects refuse more than 100 bound parameters. */
const MOST_BINDINGS = 100
const REMEMBERED = 20_000

/** In how many chunks each term stands, remembered until the index changes. */
export class Frequencies {
  readonly #sql: Sql
  readonly #known = new Map<string, number>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  forget(): void {
    this.#known.clear()
  }

  /** Reads what is not known yet, so that `of` can answer for these terms. */
  load(terms: Iterable<string>): void {
    if (this.#known.size > REMEMBERED) this.#known.clear()
    const fresh = [...new Set(terms)].filter((term) => !this.#known.has(term))
    for (let at = 0; at < fresh.length; at += MOST_BINDINGS) {
      const some = fresh.slice(at, at + MOST_BINDINGS)
      for (const term of some) this.#known.set(term, 0)
      const query = `select term, doc from vocabulary where term in (${some.map(() => '?').join(', ')})`
      for (const row of this.#sql.exec<{ term: string; doc: number }>(query, ...some).toArray()) {
        this.#known.set(row.term, row.doc)
      }
    }
  }

  of(term: string): number {
    return this.#known.get(term) ?? 0
  }
}

/** BM25's inverse document frequency, never negative. */
export function rarity(chunks: number, frequency: number): number {
  return Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))
}
