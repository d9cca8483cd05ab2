import Papa from 'papaparse'
import { charsetOf, decodeText } from './charset.ts'
import { type Draft, ExtractError } from './extracted.ts'
import { type Cell, MAX_ROWS, RowWriter } from './rows.ts'

/** Characters that are parsed at once; twice as many when they hold no whole row. */
const PIECE = 64 * 1024
/** A row without an end: a line of millions of cells, or a quote that is never closed. */
const LONGEST_ROW = 256 * 1024

/**
 * Rows of a CSV or TSV file as `Header: value; Header: value`, at most 50,000. The delimiter is guessed.
 * @throws ExtractError `WRONG_CHARSET`, `MALFORMED` for a row of more than 256k characters.
 */
export function readCsv(bytes: Uint8Array, contentType?: string): Draft {
  const text = decodeText(bytes, charsetOf(contentType))
  const rows = new RowWriter()
  for (const row of readRows(text)) if (!rows.add(cellsOf(row))) break
  rows.end()
  const notes = rows.isFull && rows.count >= MAX_ROWS ? ['Only the first 50,000 rows were kept.'] : []
  return { format: 'text', content: rows.lines.join('\n\n'), notes }
}

/** Piece by piece: whole, Papa needs twenty times the memory of the text, and its own pieces are all kept. */
function* readRows(text: string): Generator<string[]> {
  // Excel names the delimiter in a first line of its own.
  const named = /^sep=([,;\t|])\r?\n/i.exec(text)
  const delimiter = named?.[1] ?? guessDelimiter(text)
  const parser = new Papa.Parser({ delimiter, newline: '\n' })
  let at = named?.[0].length ?? 0
  let rest = ''
  let size = PIECE
  while (at < text.length) {
    const torn = text.charAt(at + size - 1) === '\r' ? 1 : 0
    const piece = text.slice(at, at + size + torn)
    at += piece.length
    const source = rest + piece.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
    const parsed = parser.parse(source, 0, at < text.length) as { data: string[][]; meta: { cursor: number } }
    yield* parsed.data
    rest = source.slice(parsed.meta.cursor)
    if (at < text.length && rest.length > LONGEST_ROW) {
      throw new ExtractError('MALFORMED', 'A row of the table does not end; a quote may never be closed.')
    }
    size = parsed.data.length === 0 ? 2 * size : PIECE
  }
}

function cellsOf(row: readonly string[]): Cell[] {
  const cells: Cell[] = []
  for (const [column, text] of row.entries()) if (text !== '') cells.push({ column, text })
  return cells
}

function guessDelimiter(text: string): string {
  const { meta } = Papa.parse<string[]>(text.slice(0, PIECE), {
    preview: 20,
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', ';', '\t', '|'],
  })
  return meta.delimiter === '' ? ',' : meta.delimiter
}
