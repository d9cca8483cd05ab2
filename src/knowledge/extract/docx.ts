import { readNumbering, readStyles, type Style } from './docx-styles.ts'
import { type Draft, ExtractError, MAX_CONTENT } from './extracted.ts'
import { type Block, collapse, heading, item, paragraph, row, writeBlocks } from './markdown.ts'
import type { Attributes, Markup } from './markup.ts'
import { attribute, coreTitle, isOn, local, skip } from './office.ts'
import type { Zip } from './unzip.ts'

/** Not part of the text: deleted or moved away, a second rendering of a drawing, codes of fields, properties. */
const SKIPPED = new Set([
  'del',
  'moveFrom',
  'Fallback',
  'instrText',
  'delText',
  'sectPr',
  'tblPr',
  'trPr',
  'tcPr',
  'object',
])

/**
 * A Word document as Markdown: headings by their style, lists, tables. Deleted, hidden and generated text (table of
 * contents) is left out. Word processing is described in ECMA-376 part 1, clause 17.
 * @param main Path of the main part, such as `word/document.xml`.
 * @throws ExtractError `TOO_LARGE`, `ENCRYPTED`, `MALFORMED`.
 */
export function readDocx(zip: Zip, main: string): Draft {
  const relations = zip.relations(main)
  const target = (type: string): string => relations.find((each) => each.type.endsWith(`/${type}`))?.target ?? ''
  const reader = new DocxReader(readStyles(zip, target('styles')), readNumbering(zip, target('numbering')))
  const wasCut = reader.read(zip.xml(main))
  reader.read(zip.xml(target('footnotes')))
  return {
    title: reader.title ?? coreTitle(zip),
    format: 'markdown',
    content: writeBlocks(reader.blocks),
    wasCut,
    notes: [],
  }
}

/** Paragraphs, tables and cells. */
const MAX_PIECES = 500_000
/** Of paragraphs in text boxes and tables in cells. */
const MAX_DEPTH = 1000

type Paragraph = { text: string[]; style: Style; numId: string | undefined; depth: number; hidden: boolean }
type Table = { rows: number; row: string[][]; cell: string[] | undefined }

class DocxReader {
  readonly blocks: Block[] = []
  title: string | undefined

  readonly #styles: ReadonlyMap<string, Style>
  readonly #numbered: ReadonlySet<string>
  readonly #counts = new Map<string, number>()
  readonly #paragraphs: Paragraph[] = []
  readonly #tables: Table[] = []
  #length = 0
  #pieces = 0
  #isText = false

  constructor(styles: ReadonlyMap<string, Style>, numbered: ReadonlySet<string>) {
    this.#styles = styles
    this.#numbered = numbered
  }

  /** True when there is more text than is kept. */
  read(tokens: Generator<Markup>): boolean {
    for (let next = tokens.next(); next.done !== true; next = tokens.next()) {
      const token = next.value
      if (token.kind === 'text') {
        if (this.#isText) this.#add(token.text)
        continue
      }
      const name = local(token.name)
      if (token.kind === 'close') this.#close(name)
      else if (SKIPPED.has(name)) skip(tokens, token.name)
      else this.#open(name, token.attributes)
      if (this.#length > 2 * MAX_CONTENT || this.#pieces > MAX_PIECES) return true
    }
    return false
  }

  #add(text: string): void {
    const open = this.#paragraphs.at(-1)
    if (open?.hidden !== false) return
    open.text.push(text)
    this.#length += text.length
  }

  #open(name: string, attributes: Attributes): void {
    const open = this.#paragraphs.at(-1)
    if (name === 'p' || name === 'tbl' || name === 'tc') this.#count()
    if (name === 'p') this.#paragraphs.push({ text: [], style: {}, numId: undefined, depth: 0, hidden: false })
    else if (name === 't') this.#isText = true
    else if (name === 'tab' || name === 'ptab') this.#add(' ')
    else if (name === 'br' || name === 'cr') this.#add('\n')
    else if (name === 'noBreakHyphen') this.#add('-')
    else if (name === 'tbl') this.#tables.push({ rows: 0, row: [], cell: undefined })
    else if (name === 'tc') this.#openCell()
    else if (open === undefined) return
    else if (name === 'pStyle') open.style = this.#styles.get(attribute(attributes, 'val') ?? '') ?? {}
    else if (name === 'numId') open.numId = attribute(attributes, 'val')
    else if (name === 'ilvl') open.depth = Math.min(8, Number(attribute(attributes, 'val')) || 0)
    else if (name === 'outlineLvl') open.style = withOutline(open.style, attribute(attributes, 'val'))
    else if (name === 'r') open.hidden = false
    else if (name === 'vanish') open.hidden = isOn(attributes)
  }

  #count(): void {
    this.#pieces++
    if (this.#paragraphs.length + this.#tables.length > MAX_DEPTH) throw new ExtractError('MALFORMED')
  }

  #close(name: string): void {
    if (name === 't') this.#isText = false
    // The mark of a paragraph may be hidden while its text is not.
    else if (name === 'r' || name === 'pPr') this.#show()
    else if (name === 'p') this.#closeParagraph()
    else this.#closeInTable(name)
  }

  #show(): void {
    const open = this.#paragraphs.at(-1)
    if (open !== undefined) open.hidden = false
  }

  #closeParagraph(): void {
    const closed = this.#paragraphs.pop()
    const text = collapse(closed?.text.join('') ?? '')
    if (closed === undefined || text === '' || closed.style.isContents === true) return
    const { style, depth } = closed
    const numId = closed.numId ?? style.numId ?? '0'
    const table = this.#tables.at(-1)
    if (table?.cell !== undefined) table.cell.push(text)
    else if (style.level !== undefined) {
      if (style.isTitle === true || style.level === 1) this.title ??= text
      this.blocks.push(heading(style.level, text))
    } else if (numId !== '0') this.blocks.push(item(depth, this.#mark(numId, depth), text))
    else this.blocks.push(paragraph(text))
  }

  #mark(numId: string, depth: number): string {
    // A step at an outer level starts the inner ones anew.
    for (let inner = depth + 1; inner < 9; inner++) this.#counts.delete(`${numId}/${inner}`)
    const key = `${numId}/${depth}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return this.#numbered.has(key) && count < 1000 ? `${count}.` : '-'
  }

  #openCell(): void {
    const table = this.#tables.at(-1)
    if (table !== undefined) table.cell = []
  }

  #closeInTable(name: string): void {
    const table = this.#tables.at(-1)
    if (table === undefined) return
    if (name === 'tc' && table.cell !== undefined) {
      table.row.push(table.cell)
      table.cell = undefined
    } else if (name === 'tr') {
      const outer = this.#tables.at(-2)
      // A table within a cell is text of the cell.
      if (outer?.cell !== undefined) outer.cell.push(...table.row.flat())
      else this.blocks.push(...row(table.row, table.rows === 0))
      table.rows++
      table.row = []
    } else if (name === 'tbl') this.#tables.pop()
  }
}

function withOutline(style: Style, value: string | undefined): Style {
  return value !== undefined && /^[0-8]$/.test(value) ? { ...style, level: Number(value) + 1 } : style
}
