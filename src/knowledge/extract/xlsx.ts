import { type Draft, ExtractError, MAX_CONTENT } from './extracted.ts'
import { heading, paragraph, writeBlocks } from './markdown.ts'
import type { Attributes } from './markup.ts'
import { attribute, coreTitle, local } from './office.ts'
import { type Cell, MAX_ROWS, RowWriter } from './rows.ts'
import type { Zip } from './unzip.ts'
import { readSharedStrings, readShows, type Show, showNumber } from './xlsx-values.ts'

type Book = { strings: string[]; shows: Show[]; is1904: boolean }
type Sheet = { name: string; relation: string; hidden: boolean }

const MAX_SHEETS = 1000
/** Excel has 16,384 columns (XFD); what a file claims beyond is left out. */
const MAX_COLUMNS = 16_384

/**
 * An Excel workbook as Markdown: each sheet a heading, each row `Column: value; Column: value`. Formulas give the
 * values they had when the file was saved. SpreadsheetML is described in ECMA-376 part 1, clause 18.
 * @param main Path of the main part, such as `xl/workbook.xml`.
 * @throws ExtractError `TOO_LARGE`, `ENCRYPTED`, `MALFORMED`.
 */
export function readXlsx(zip: Zip, main: string): Draft {
  const relations = zip.relations(main)
  const target = (type: string): string => relations.find((each) => each.type.endsWith(`/${type}`))?.target ?? ''
  const { sheets, is1904 } = readWorkbook(zip, main)
  const book = {
    strings: readSharedStrings(zip, target('sharedStrings')),
    shows: readShows(zip, target('styles')),
    is1904,
  }
  const notes: string[] = []
  const blocks = []
  let length = 0
  for (const { name, relation, hidden } of sheets) {
    if (hidden) notes.push(`The sheet "${name}" is hidden and was left out.`)
    const path = relations.find(({ id }) => id === relation)?.target
    if (hidden || path === undefined || length > MAX_CONTENT) continue
    const rows = readSheet(zip, path, book)
    if (rows.lines.length === 0) continue
    if (rows.isFull && rows.count >= MAX_ROWS)
      notes.push(`Only the first 50,000 rows of the sheet "${name}" were kept.`)
    length += rows.lines.reduce((sum, line) => sum + line.length, 0)
    blocks.push(heading(2, name), ...rows.lines.map(paragraph))
  }
  return {
    title: coreTitle(zip),
    format: 'markdown',
    content: writeBlocks(blocks),
    notes,
  }
}

function readWorkbook(zip: Zip, main: string): { sheets: Sheet[]; is1904: boolean } {
  const sheets: Sheet[] = []
  let is1904 = false
  for (const token of zip.xml(main)) {
    if (token.kind !== 'open') continue
    const name = local(token.name)
    if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attribute(token.attributes, 'date1904') ?? '')
    if (name !== 'sheet') continue
    if (sheets.length >= MAX_SHEETS) throw new ExtractError('TOO_MANY_PARTS')
    sheets.push({
      name: (attribute(token.attributes, 'name') ?? '').slice(0, 100),
      relation: attribute(token.attributes, 'id') ?? '',
      hidden: (attribute(token.attributes, 'state') ?? 'visible') !== 'visible',
    })
  }
  return { sheets, is1904 }
}

function readSheet(zip: Zip, path: string, book: Book): RowWriter {
  const rows = new RowWriter()
  let cells: Cell[] = []
  let column = 0
  let cell: Attributes | undefined
  let value = ''
  let isValue = false
  for (const token of zip.xml(path)) {
    if (token.kind === 'text') {
      if (isValue) value += token.text
      continue
    }
    const name = local(token.name)
    if (token.kind === 'open') {
      if (name === 'row') {
        cells = []
        column = 0
      }
      if (name === 'c') {
        cell = token.attributes
        value = ''
      }
      isValue = cell !== undefined && (name === 'v' || name === 't')
      continue
    }
    isValue = false
    if (name === 'c' && cell !== undefined) {
      column = columnOf(attribute(cell, 'r')) ?? column
      if (value !== '' && column < MAX_COLUMNS && cells.length < MAX_COLUMNS) {
        cells.push({ column, text: show(cell, value, book) })
      }
      column++
      cell = undefined
    }
    if (name === 'row' && !rows.add(cells)) return rows
    if (name === 'sheetData') break
  }
  rows.end()
  return rows
}

/** `BC12` is column 54, counted from 0. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0]
  if (letters === undefined) return undefined
  let column = 0
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

function show(cell: Attributes, value: string, { strings, shows, is1904 }: Book): string {
  const type = attribute(cell, 't') ?? 'n'
  if (type === 's') return strings[Number(value)] ?? ''
  if (type === 'b') return value === '1' ? 'yes' : 'no'
  // An error such as #N/A says nothing.
  if (type === 'e') return ''
  if (type !== 'n') return value
  return showNumber(value, shows[Number(attribute(cell, 's') ?? 0)] ?? 'plain', is1904)
}
