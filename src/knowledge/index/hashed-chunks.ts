import { hashTerm } from '../../lib/analyse.ts'
import type { Sql } from '../../lib/migrate.ts'

/** A chunk as arrays of term hashes in reading order, so that scoring never analyses text again. */
export interface HashedChunk {
  id: number
  document: number
  /** Its place in the document; 0 is the beginning. */
  ordinal: number
  /** The document's title and each heading, a `BREAK` between them. */
  title: Int32Array
  body: Int32Array
}

/** Up to here every chunk stays in memory (about 0.5 KB each) and all are scored; above, FTS5 proposes some. */
export const IN_MEMORY = 1024
const REMEMBERED = 8192
const MOST_BINDINGS = 100
/** Stands between two headings: no term's hash. */
export const BREAK = 0

type Row = { id: number; document: number; ordinal: number; title_terms: ArrayBuffer; body_terms: ArrayBuffer }
const COLUMNS = 'id, document, ordinal, title_terms, body_terms'

/** The hashed chunks of an index, read once and remembered until it changes. */
export class HashedChunks {
  readonly #sql: Sql
  readonly #known = new Map<number, HashedChunk>()
  #complete = false

  constructor(sql: Sql) {
    this.#sql = sql
  }

  forget(): void {
    this.#known.clear()
    this.#complete = false
  }

  all(): Iterable<HashedChunk> {
    if (!this.#complete) {
      this.#known.clear()
      this.#keep(this.#sql.exec<Row>(`select ${COLUMNS} from chunks order by document, ordinal`).toArray())
      this.#complete = true
    }
    return this.#known.values()
  }

  some(ids: readonly number[]): HashedChunk[] {
    if (this.#known.size > REMEMBERED) this.#known.clear()
    const missing = ids.filter((id) => !this.#known.has(id))
    for (let at = 0; at < missing.length; at += MOST_BINDINGS) {
      const few = missing.slice(at, at + MOST_BINDINGS)
      const query = `select ${COLUMNS} from chunks where id in (${few.map(() => '?').join(', ')})`
      this.#keep(this.#sql.exec<Row>(query, ...few).toArray())
    }
    return ids.flatMap((id) => this.#known.get(id) ?? [])
  }

  #keep(rows: readonly Row[]): void {
    for (const { title_terms, body_terms, ...row } of rows)
      this.#known.set(row.id, { ...row, title: new Int32Array(title_terms), body: new Int32Array(body_terms) })
  }
}

/** The hashes of some texts' terms as one value, a `BREAK` between the texts. */
export function hashedTexts(texts: readonly (readonly string[])[]): ArrayBuffer {
  const hashes = texts.flatMap((terms, at) => [...(at === 0 ? [] : [BREAK]), ...terms.map(hashTerm)])
  return Int32Array.from(hashes).buffer
}
