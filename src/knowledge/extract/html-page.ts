import { MAX_CONTENT } from './extracted.ts'
import { BLOCKS, DROPPED, DROPPED_ROLES, ENDS_HEADING, INLINE, isHidden, VOID } from './html-elements.ts'
import { ElementStack, type OpenElement } from './html-stack.ts'
import { type Block, code, collapse, heading, item, paragraph, row } from './markdown.ts'
import type { Attributes } from './markup.ts'

/** Where a block stands; a bit mask. */
export const MAIN = 1
export const ARTICLE = 2
export const FORM = 4

export type PlacedBlock = Block & { place: number }

/** Of all pages; what is beyond would be cut from the text, but must not fill the memory before. */
const MAX_DEPTH = 250_000
const MAX_PIECES = 250_000
const MAX_TEXT = 4 * MAX_CONTENT

type Table = { row: string[][]; cell: string[] | undefined; heads: number; rows: number; layout: boolean }
type List = { ordered: boolean; next: number }

/** Makes blocks of the elements and text of a page, in one pass. */
export class PageReader {
  readonly blocks: PlacedBlock[] = []
  title: string | undefined
  firstHeading: string | undefined

  readonly #stack = new ElementStack((element) => this.#closed(element))
  readonly #tables: Table[] = []
  readonly #lists: List[] = []
  readonly #depth = { dropped: 0, main: 0, article: 0, form: 0, pre: 0 }
  #inline: string[] = []
  #pieces = 0
  #length = 0
  #inTitle = false
  #isItem = false
  #heading = 0

  /** Nothing more is worth reading. */
  get isFull(): boolean {
    return this.#pieces > MAX_PIECES || this.#length > MAX_TEXT || this.#stack.depth > MAX_DEPTH
  }

  open(name: string, attributes: Attributes, selfClosing: boolean): void {
    if (VOID.has(name)) {
      if (this.#depth.dropped > 0) return
      if (name === 'br') this.text(this.#heading > 0 ? ' ' : '\n', true)
      if (name === 'hr') this.#flush()
      return
    }
    this.#stack.imply(name)
    const role = attributes.get('role') ?? ''
    const dropped = DROPPED.has(name) || DROPPED_ROLES.has(role) || isHidden(attributes)
    const inside = this.#depth.dropped > 0
    if (selfClosing || (INLINE.has(name) && !dropped && !inside)) return
    const main = name === 'main' || role === 'main'
    this.#stack.push({ name, dropped, main })
    this.#inTitle = name === 'title' && !inside
    if (dropped) this.#depth.dropped++
    if (main) this.#depth.main++
    if (dropped || inside) return
    this.#opened(name)
  }

  close(name: string): void {
    if (name === 'p' && !this.#stack.has('p')) this.#flush()
    this.#stack.close(name)
  }

  /** @param breaks Whether line ends in it are meant. */
  text(text: string, breaks = this.#depth.pre > 0): void {
    if (this.#inTitle) this.title ??= text
    if (this.#depth.dropped > 0) return
    this.#inline.push(breaks ? text : text.replaceAll('\n', ' '))
    this.#length += text.length
    if (this.#inline.length > MAX_PIECES) this.#pieces = this.#inline.length
  }

  end(): void {
    this.#stack.closeAll()
    this.#flush()
  }

  #opened(name: string): void {
    this.#pieces++
    if (this.#heading > 0) {
      if (ENDS_HEADING.has(name)) this.#flush()
      else if (BLOCKS.has(name)) this.#inline.push(' ')
    } else if (BLOCKS.has(name)) this.#flush()
    const level = headingLevel(name)
    if (level > 0) this.#startHeading(level)
    else if (name === 'pre') this.#startCode()
    else if (name === 'article') this.#depth.article++
    else if (name === 'form') this.#depth.form++
    else if (name === 'ul' || name === 'ol' || name === 'menu') this.#lists.push({ ordered: name === 'ol', next: 1 })
    else if (name === 'li') this.#isItem = true
    else this.#openedInTable(name)
  }

  #openedInTable(name: string): void {
    if (name === 'table') {
      this.#layOut()
      this.#tables.push({ row: [], cell: undefined, heads: 0, rows: 0, layout: false })
      return
    }
    const table = this.#tables.at(-1)
    if (table === undefined) return
    if (name === 'tr') this.#endRow(table)
    if (name === 'td' || name === 'th') {
      table.cell = []
      if (name === 'th') table.heads++
    }
  }

  #closed({ name, dropped, main }: OpenElement): void {
    this.#inTitle = false
    if (dropped) this.#depth.dropped--
    if (!dropped && this.#depth.dropped === 0) this.#left(name)
    // After the text inside was written.
    if (main) this.#depth.main--
  }

  #left(name: string): void {
    if (name === 'pre') this.#endCode()
    else if (this.#heading > 0 && headingLevel(name) === 0) this.#inline.push(' ')
    else if (BLOCKS.has(name)) this.#flush()
    if (name === 'li') this.#isItem = false
    if (name === 'article') this.#depth.article--
    else if (name === 'form') this.#depth.form--
    else if (name === 'ul' || name === 'ol' || name === 'menu') this.#lists.pop()
    else this.#closedInTable(name)
  }

  #closedInTable(name: string): void {
    const table = this.#tables.at(-1)
    if (table === undefined) return
    if ((name === 'td' || name === 'th') && table.cell !== undefined) {
      if (!table.layout) table.row.push(table.cell)
      table.cell = undefined
    } else if (name === 'tr') this.#endRow(table)
    else if (name === 'table') {
      this.#endRow(table)
      this.#tables.pop()
    }
  }

  #endRow(table: Table): void {
    const isHeader = table.rows === 0 && table.heads > 1 && table.heads === table.row.length
    this.#place(row(table.row, isHeader))
    if (table.row.length > 0) table.rows++
    table.row = []
    table.heads = 0
  }

  /** The innermost table lays out a page: what its row holds so far are paragraphs, as is all that follows. */
  #layOut(): void {
    const table = this.#tables.at(-1)
    if (table === undefined || table.layout) return
    table.layout = true
    const lines = [...table.row, table.cell ?? []].flat()
    table.row = []
    if (table.cell !== undefined) table.cell = []
    this.#place(lines.map(paragraph))
  }

  #startHeading(level: number): void {
    this.#layOut()
    this.#heading = level
  }

  #startCode(): void {
    this.#layOut()
    this.#depth.pre++
  }

  #endCode(): void {
    this.#depth.pre--
    if (this.#depth.pre > 0) return
    const text = this.#inline.join('')
    this.#inline = []
    this.#isItem = false
    if (text.trim() !== '') this.#place([code(text)])
  }

  /** Ends the block that is open and writes it, or puts it into the cell it stands in. */
  #flush(): void {
    if (this.#depth.pre > 0) {
      this.#inline.push('\n')
      return
    }
    const text = collapse(this.#inline.join(''))
    this.#inline = []
    const level = this.#heading
    this.#heading = 0
    if (text === '') return
    const table = this.#tables.at(-1)
    if (level > 0) {
      if (level === 1) this.firstHeading ??= text
      this.#place([heading(level, text)])
    } else if (table?.cell !== undefined && !table.layout) table.cell.push(text)
    else if (this.#isItem) this.#place([item(this.#lists.length - 1, this.#mark(), text)])
    else this.#place([paragraph(text)])
    this.#isItem = false
  }

  #mark(): string {
    const list = this.#lists.at(-1)
    return list?.ordered === true && list.next < 1000 ? `${list.next++}.` : '-'
  }

  #place(blocks: readonly Block[]): void {
    const { main, article, form } = this.#depth
    const place = (main > 0 ? MAIN : 0) | (article > 0 ? ARTICLE : 0) | (form > 0 ? FORM : 0)
    for (const { kind, text } of blocks) this.blocks.push({ kind, text, place })
  }
}

function headingLevel(name: string): number {
  return name.length === 2 && name >= 'h1' && name <= 'h6' ? name.charCodeAt(1) - 48 : 0
}
