export interface Block {
  kind: 'text' | 'heading' | 'item' | 'row' | 'code'
  text: string
}

/** Blocks as Markdown; items and rows that belong together stand without an empty line between them. */
export function writeBlocks(blocks: readonly Block[]): string {
  const parts: string[] = []
  let last: Block['kind'] | undefined
  for (const { kind, text } of blocks) {
    if (last !== undefined) parts.push(kind === last && (kind === 'item' || kind === 'row') ? '\n' : '\n\n')
    parts.push(text)
    last = kind
  }
  return parts.join('')
}

/** One line of running text: white space collapsed, as in HTML. Line breaks survive as `\n`. */
export function collapse(text: string): string {
  return (
    text
      // Single spaces are left alone: a match for each costs more memory than the text.
      .replaceAll(/[ \t\f\r\u00a0]{2,}|[\t\f\r\u00a0]/g, ' ')
      .replaceAll(/ ?\n[ \n]*/g, '\n')
      .trim()
  )
}

export function heading(level: number, text: string): Block {
  return { kind: 'heading', text: `${'#'.repeat(Math.min(6, Math.max(1, level)))} ${text.replaceAll('\n', ' ')}` }
}

export function item(depth: number, mark: string, text: string): Block {
  return { kind: 'item', text: `${'  '.repeat(Math.min(6, Math.max(0, depth)))}${mark} ${text.replaceAll('\n', ' ')}` }
}

/** Text that would read as a heading or open a fence, which swallows all that follows, is escaped. */
export function paragraph(text: string): Block {
  return { kind: 'text', text: text.replaceAll(/^(?=#{1,6}\s|`{3}|~{3})/gm, '\\') }
}

/** A fence longer than any inside. */
export function code(text: string): Block {
  let longest = 2
  for (const [run] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length)
  const fence = '`'.repeat(longest + 1)
  return { kind: 'code', text: `${fence}\n${text.replace(/^\n+/, '').trimEnd()}\n${fence}` }
}

/** In characters: above it a cell is a piece of a page that a table lays out, not data. */
const LONGEST_CELL = 1000

/**
 * A row of a table, followed by the rule when it is the header. Each cell is a list of lines. Rows of one cell and
 * rows with whole pages in a cell become paragraphs.
 */
export function row(cells: readonly (readonly string[])[], isHeader: boolean): Block[] {
  const filled = cells.filter((lines) => lines.length > 0)
  const isLayout = filled.some((lines) => lines.reduce((sum, line) => sum + line.length, 0) > LONGEST_CELL)
  if (filled.length === 0) return []
  if (cells.length === 1 || isLayout) return filled.flat().map(paragraph)
  const text = `| ${cells.map((lines) => lines.join(' ').replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`
  if (!isHeader) return [{ kind: 'row', text }]
  return [
    { kind: 'row', text },
    { kind: 'row', text: `|${' --- |'.repeat(cells.length)}` },
  ]
}
