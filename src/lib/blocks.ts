export type BlockKind = 'text' | 'item' | 'heading' | 'row' | 'code'

/** A paragraph, list item, heading, table row or fenced code; its own marks (`#`, `-`, `1.`, `>`) lie before `start`. */
export interface Block {
  start: number
  end: number
  kind: BlockKind
  /** Of a heading: 1 is the outermost. 0 for everything else. */
  level: number
}

interface Line extends Block {
  rule?: 1 | 2
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g
const FENCE = /^[ \t]{0,3}(`{3,}|~{3,})/
const HEADING = /^[ \t]{0,3}(#{1,6})[ \t]+/
const ITEM = /^[ \t>]*(?:[-*+•‣▪●◦–]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/
const QUOTE = /^[ \t]*>[ \t>]*/
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*\|[-:| \t]*$/
const RULE = /^[ \t]{0,3}(=+|-{2,}|\*{3,}|_{3,})[ \t]*$/

/** Reads `text` as Markdown would, plain text included: lines wrapped by hand are joined, all others stand alone. */
export function blocks(text: string): Block[] {
  const found: Block[] = []
  let paragraph: Line[] = []
  const flush = (): void => {
    found.push(...joinWrapped(text, paragraph))
    paragraph = []
  }
  for (const line of lines(text)) {
    if (line.rule !== undefined) {
      const above = paragraph.at(-1)
      if (above?.kind === 'text' && paragraph.length === 1) Object.assign(above, { kind: 'heading', level: line.rule })
      flush()
    } else if (line.start === line.end) flush()
    else if (line.kind === 'text') paragraph.push(line)
    else {
      flush()
      if (line.kind === 'item') paragraph.push(line)
      else found.push(line)
    }
  }
  flush()
  return found
}

function* lines(text: string): Generator<Line> {
  let start = 0
  let fence: { mark: string; start: number } | undefined
  LINE_END.lastIndex = 0
  const ends = text.matchAll(LINE_END)
  while (start <= text.length) {
    const ending = ends.next().value
    const end = ending?.index ?? text.length
    const line = text.slice(start, end)
    const mark = FENCE.exec(line)?.[1]
    if (fence !== undefined) {
      const closes = mark?.startsWith(fence.mark) === true
      if (closes || ending === undefined) yield { start: fence.start, end, kind: 'code', level: 0 }
      if (closes) fence = undefined
    } else if (mark !== undefined) {
      fence = { mark, start }
      if (ending === undefined) yield { start, end, kind: 'code', level: 0 }
    } else yield classify(line, start)
    if (ending === undefined) return
    start = end + ending[0].length
  }
}

function classify(line: string, offset: number): Line {
  const bare = line.trimEnd()
  const block = (skip: number, kind: BlockKind, level = 0): Line => {
    const inside = bare.slice(skip)
    const start = offset + bare.length - inside.trimStart().length
    return { start: Math.min(start, offset + bare.length), end: offset + bare.length, kind, level }
  }
  if (bare === '' || TABLE_RULE.test(bare)) return { start: offset, end: offset, kind: 'text', level: 0 }
  const rule = RULE.exec(bare)?.[1]
  if (rule !== undefined) return { ...block(0, 'text'), rule: rule.startsWith('=') ? 1 : 2 }
  const heading = HEADING.exec(bare)
  if (heading !== null) return block(heading[0].length, 'heading', heading[1]?.length ?? 1)
  const item = ITEM.exec(bare)
  if (item !== null) return block(item[0].length, 'item')
  if (/^[ \t]*\|/.test(bare)) return block(0, 'row')
  return block(QUOTE.exec(bare)?.[0].length ?? 0, 'text')
}

const WRAP_MIN = 50
const WRAP_MAX = 120

/** A paragraph was wrapped by hand when no line but its last had room for the first word of the next. */
function joinWrapped(text: string, paragraph: readonly Line[]): Line[] {
  const width = Math.max(0, ...paragraph.slice(0, 1000).map((line) => line.end - line.start))
  const full = (line: Line, next: Line): boolean =>
    line.end - line.start + 1 + (/^\S{1,40}/.exec(text.slice(next.start, next.start + 40))?.[0].length ?? 0) > width
  const wrapped =
    paragraph.length > 2 &&
    width >= WRAP_MIN &&
    width <= WRAP_MAX &&
    paragraph.every((line, at) => full(line, paragraph[at + 1] ?? line))
  const joined: Line[] = []
  for (const line of paragraph) {
    const last = joined.at(-1)
    const goesOn = last !== undefined && last.kind !== 'heading' && (wrapped || startsLower(text, line.start))
    if (last !== undefined && goesOn) last.end = line.end
    else joined.push({ ...line })
  }
  return joined
}

function startsLower(text: string, at: number): boolean {
  return /^\p{Ll}/u.test(text.slice(at, at + 2))
}
