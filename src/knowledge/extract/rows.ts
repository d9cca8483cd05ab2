import { MAX_CONTENT } from './extracted.ts'

/** `column` counts from 0. */
export type Cell = { column: number; text: string }

/** Rows of a table after its header. */
export const MAX_ROWS = 50_000
const LONGEST_HEADER = 100

/**
 * Writes the rows of a table so that each makes sense alone: `Header: value; Header: value`. Rows of one cell above
 * the header are titles and notes: they stand as they are.
 */
export class RowWriter {
  readonly lines: string[] = []
  /** Rows after the header. */
  count = 0
  /** True when a row was left out. */
  isFull = false

  #header: ReadonlyMap<number, string> | undefined
  #waiting: readonly Cell[] = []
  #length = 0

  /** Takes the cells of a row in their order. Nothing more is kept after `false`. */
  add(cells: readonly Cell[]): boolean {
    const row: Cell[] = []
    for (const { column, text } of cells) {
      const line = text
        .slice(0, MAX_CONTENT)
        .replaceAll(/\s{2,}|[^\S ]/g, ' ')
        .trim()
      if (line !== '') row.push({ column, text: line })
    }
    if (row.length === 0) return true
    if (this.#header === undefined) {
      const [only] = row
      if (only !== undefined && row.length === 1) {
        // A list of one column has no header but its first row, which reads well as a line, too.
        this.#write(only.text)
        return !this.isFull
      }
      if (isHeader(row)) {
        this.#header = new Map(row.map(({ column, text }) => [column, text.slice(0, LONGEST_HEADER)]))
        this.#waiting = row
        return true
      }
      this.#header = new Map()
    }
    this.#waiting = []
    if (this.count >= MAX_ROWS) this.isFull = true
    if (this.isFull) return false
    this.count++
    const header = this.#header
    this.#write(
      row.map(({ column, text }) => (header.has(column) ? `${header.get(column)}: ${text}` : text)).join('; '),
    )
    return !this.isFull
  }

  /** A header without rows is text, too. */
  end(): void {
    if (this.#waiting.length > 0) this.#write(this.#waiting.map(({ text }) => text).join('; '))
  }

  #write(line: string): void {
    this.lines.push(line)
    this.#length += line.length
    // Cut to a million when the document is put together; more is never needed.
    if (this.#length > MAX_CONTENT + 1) this.isFull = true
  }
}

/** Names of columns: words rather than values, none twice. */
function isHeader(row: readonly Cell[]): boolean {
  const names = new Set(row.map(({ text }) => text))
  if (names.size < row.length) return false
  return row.every(
    ({ text }) => text.length < 200 && /\p{L}/u.test(text) && !/^[\w.+-]+@|^https?:|^\d{4}-\d\d-\d\d/.test(text),
  )
}
