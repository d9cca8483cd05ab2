import { blocks } from '../lib/blocks.ts'
import { sentencesOf } from '../lib/sentences.ts'

export interface Chunk {
  ordinal: number
  /** UTF-16 offsets into the content; `text` is exactly `content.slice(start, end)`, so quotes can be verified. */
  start: number
  end: number
  text: string
  /** The headings above the chunk, outermost first. */
  headings: string[]
}

export interface ChunkSource {
  title: string
  content: string
  format: 'text' | 'markdown'
}

/** In words, at most; a letter of a script without spaces counts as 0.4 (250 letters for 100 words). */
const WORDS = 120
const OVERLAP = 35
/** What would be left over as a chunk of fewer words joins the chunk before it: short ones rank too high. */
const SHORTEST = 25
const UNSPACED = 0.4

interface Piece {
  start: number
  end: number
  words: number
}

interface Section {
  headings: string[]
  pieces: Piece[]
  /** Where the heading itself stands: quoted when nothing follows it. */
  heading?: Piece & { level: number }
}

/** Chunks of about 100 words, cut at sentences, some repeated; a heading starts a new one and is its context. */
export function chunkDocument(source: ChunkSource): Chunk[] {
  const found: Chunk[] = []
  for (const section of sections(source)) {
    for (const { start, end } of windows(section.pieces)) {
      found.push({
        ordinal: found.length,
        start,
        end,
        text: source.content.slice(start, end),
        headings: section.headings,
      })
    }
  }
  return found
}

function sections({ title, content, format }: ChunkSource): Section[] {
  const found: Section[] = []
  let open: Section = { headings: [], pieces: [] }
  let path: { level: number; text: string }[] = []
  const close = (nextLevel: number): void => {
    const heading = open.heading
    if (open.pieces.length === 0 && heading !== undefined && nextLevel <= heading.level) open.pieces.push(heading)
    if (open.pieces.length > 0) found.push(open)
  }
  for (const block of blocks(content)) {
    if (block.kind === 'heading' && format === 'markdown') {
      close(block.level)
      const text = content
        .slice(block.start, block.end)
        .replace(/[ \t]#+$/, '')
        .trim()
      path = [...path.filter((above) => above.level < block.level), { level: block.level, text }]
      const headings = path.map((above) => above.text).filter((heading) => heading !== title.trim())
      open = { headings, pieces: [], heading: { ...piece(content, block.start, block.end), level: block.level } }
    } else {
      for (const sentence of sentencesOf(content, block))
        open.pieces.push(...split(content, sentence.start, sentence.end))
    }
  }
  close(0)
  return found
}

function piece(content: string, start: number, end: number): Piece {
  return { start, end, words: countWords(content.slice(start, end)) }
}

/** Sentences are already bounded by `lib/sentences`; only text without any space is still too long for one chunk. */
function split(content: string, start: number, end: number): Piece[] {
  const whole = piece(content, start, end)
  return whole.words <= 2 * WORDS || end - start < 2 ? [whole] : halves(content, start, end)
}

function halves(content: string, start: number, end: number): Piece[] {
  let middle = start + Math.floor((end - start) / 2)
  if (/[\udc00-\udfff]/.test(content.charAt(middle))) middle++
  return [...split(content, start, middle), ...split(content, middle, end)]
}

function countWords(text: string): number {
  const letters = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu,
  )
  if (letters === null) return text.match(/\S+/g)?.length ?? 0
  return letters.length * UNSPACED + (text.match(/[\p{Script=Latin}\p{N}]+/gu)?.length ?? 0)
}

function* windows(pieces: readonly Piece[]): Generator<{ start: number; end: number }> {
  let first = 0
  let next = 0
  while (first < pieces.length) {
    const fresh = next
    next = first
    let words = 0
    while (next < pieces.length && (next <= fresh || words + (pieces[next]?.words ?? 0) <= WORDS)) {
      words += pieces[next]?.words ?? 0
      next++
    }
    if (isShort(pieces, next)) next = pieces.length
    const from = pieces[first]
    const to = pieces[next - 1]
    if (from === undefined || to === undefined) return
    yield { start: from.start, end: to.end }
    if (next >= pieces.length) return
    let repeated = 0
    let back = next
    while (back - 1 > first && repeated + (pieces[back - 1]?.words ?? 0) <= OVERLAP) {
      back--
      repeated += pieces[back]?.words ?? 0
    }
    first = back
  }
}

function isShort(pieces: readonly Piece[], from: number): boolean {
  let words = 0
  for (let at = from; at < pieces.length && words <= SHORTEST; at++) words += pieces[at]?.words ?? 0
  return words <= SHORTEST
}
