import { type Block, heading, paragraph, writeBlocks } from './markdown.ts'

export interface Line {
  text: string
  /** Height of the letters, in points. */
  size: number
  /** Of the baseline, counted from the bottom of the page. */
  y: number
}

/**
 * Pages as Markdown: `## Page n` for each (not for a single one), larger letters as headings, lines joined to
 * paragraphs. What stands at the top or bottom of most pages is left out. A heading of an earlier page that goes on is
 * repeated; a sentence that goes on stays with the page it began on.
 */
export function writePages(pages: readonly (readonly Line[])[]): string {
  const levels = headingSizes(pages.flat())
  const own = withoutRepeated(pages, levels)
  const written: Block[][] = own.map((lines) => paragraphs(lines, levels))
  for (const [at, blocks] of written.entries())
    joinPages(
      written.slice(0, at).findLast((page) => page.length > 0),
      blocks,
    )
  const found: Block[] = []
  let open: { level: number; text: string }[] = []
  for (const [at, blocks] of written.entries()) {
    if (blocks.length === 0) continue
    if (pages.length > 1) found.push(heading(2, `Page ${at + 1}`))
    if (blocks[0]?.kind !== 'heading') found.push(...open.map(({ level, text }) => heading(level, text)))
    for (const { kind, text } of blocks) {
      if (kind !== 'heading') {
        found.push({ kind, text })
        continue
      }
      const level = HIGHEST + Number(text.slice(0, 1))
      open = [...open.filter((above) => above.level < level), { level, text: text.slice(1) }]
      found.push(heading(level, text.slice(1)))
    }
  }
  return writeBlocks(found)
}

/** Headings stand below those of the pages. */
const HIGHEST = 3
const LEVELS = 3
const MOST_SIZES = 30
/** So much larger than the body are the letters of a heading. */
const LARGER = 1.15
const LONGEST_HEADING = 120

/** The sizes of headings, largest first. */
function headingSizes(lines: readonly Line[]): number[] {
  const letters = new Map<number, number>()
  for (const { size, text } of lines) letters.set(rounded(size), (letters.get(rounded(size)) ?? 0) + text.length)
  const [body] = [...letters].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0])
  const sizes = [...letters.keys()].filter((size) => size > body * LARGER).toSorted((a, b) => b - a)
  return body === 0 ? [] : sizes.slice(0, MOST_SIZES)
}

function rounded(size: number): number {
  return Math.round(size * 2) / 2
}

/** Blocks of a page; the text of a heading starts with the digit of its level, 0 for the outermost. */
function paragraphs(lines: readonly Line[], headings: readonly number[]): Block[] {
  const blocks: Block[] = []
  const full = fullLength(lines)
  const leading = usualLeading(lines)
  let last: Line | undefined
  for (const line of lines) {
    if (line.text === '') continue
    const place = headings.indexOf(rounded(line.size))
    const level = Math.min(LEVELS - 1, place)
    const isHeading = place >= 0 && line.text.length <= LONGEST_HEADING && /\p{L}{2}/u.test(line.text)
    const above = blocks.at(-1)
    const gap = last === undefined ? 0 : last.y - line.y
    const isNear = last !== undefined && gap > -1 && gap <= Math.max(leading, line.size) * 1.45
    if (isHeading) {
      const goesOn = isNear && above?.kind === 'heading' && rounded(last?.size ?? 0) === rounded(line.size)
      if (goesOn) above.text += ` ${line.text}`
      else blocks.push({ kind: 'heading', text: `${level}${line.text}` })
    } else if (above?.kind === 'text' && last !== undefined && (isNear || goesOnLower(line.text, above.text))) {
      above.text = append(above.text, line.text, last.text.length >= full)
    } else blocks.push(paragraph(line.text))
    last = line
  }
  return blocks
}

/** A line is as long as the text is wide from here on: what follows belongs to it. */
function fullLength(lines: readonly Line[]): number {
  const lengths = lines.map(({ text }) => text.length).toSorted((a, b) => a - b)
  return Math.max(30, (lengths[Math.floor(lengths.length * 0.8)] ?? 0) * 0.75)
}

function usualLeading(lines: readonly Line[]): number {
  const gaps = lines
    .map(({ y }, at) => (lines[at - 1]?.y ?? y) - y)
    .filter((gap) => gap > 1)
    .toSorted((a, b) => a - b)
  return gaps[Math.floor(gaps.length * 0.4)] ?? 0
}

const BULLET = /^(?:[-–•‣▪●◦*·]|\d{1,3}[.)]|\(?[a-z]\))\s/u

function append(text: string, line: string, wasFull: boolean): string {
  if (BULLET.test(line)) return `${text}\n${line}`
  // "inter-" + "national"; a soft hyphen always is one.
  if (/[\u00ad\u2010]$/.test(text) || (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line))) return text.slice(0, -1) + line
  return wasFull || goesOnLower(line, text) ? `${text} ${line}` : `${text}\n${line}`
}

function goesOnLower(line: string, text: string): boolean {
  return /^\p{Ll}/u.test(line) && !/[.!?:]["'”’)]?$/.test(text)
}

/** The rest of a sentence moves to the page where it began. */
function joinPages(before: Block[] | undefined, blocks: Block[]): void {
  const last = before?.at(-1)
  const first = blocks[0]
  if (last?.kind !== 'text' || first?.kind !== 'text' || !goesOnLower(first.text, last.text)) return
  const [line = '', ...rest] = first.text.split('\n')
  const end = /[.!?]["'”’)]?\s/.exec(line)
  const head = end === null ? line : line.slice(0, end.index + end[0].length).trimEnd()
  const tail = [line.slice(head.length).trimStart(), ...rest].join('\n').trim()
  last.text = append(last.text, head, true)
  if (tail === '') blocks.shift()
  else first.text = tail
}

/** Lines at the edge of a page that are looked at, at each end. */
const EDGE = 2
const FEWEST_PAGES = 3

/**
 * Running titles and page numbers: the same line at the edge of more than half of the pages. Numbers may differ, but
 * not in large letters: "Step 1", "Step 2" are titles of slides.
 */
function withoutRepeated(pages: readonly (readonly Line[])[], headings: readonly number[]): Line[][] {
  const counts = new Map<string, number>()
  const key = ({ text, size }: Line): string =>
    headings.includes(rounded(size)) ? text : text.slice(0, 200).replaceAll(/\d+/g, '#')
  const edges = (lines: readonly Line[]): Line[] => [...new Set([...lines.slice(0, EDGE), ...lines.slice(-EDGE)])]
  for (const lines of pages) {
    for (const each of new Set(edges(lines).map(key))) counts.set(each, (counts.get(each) ?? 0) + 1)
  }
  const filled = pages.filter((lines) => lines.length > 0).length
  return pages.map((lines) => {
    const repeated = new Set(edges(lines).filter((line) => (counts.get(key(line)) ?? 0) > filled / 2))
    return filled < FEWEST_PAGES ? [...lines] : lines.filter((line) => !repeated.has(line))
  })
}
