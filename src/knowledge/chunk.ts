import { type Block, blocks } from '../lib/blocks.ts'
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
/** Text without spaces in a script that has them (keys, hashes) counts as words of this length. */
const LONGEST_WORD = 12
/** Of a heading as context, in UTF-16 units: it is stored with every chunk under it. */
const LONGEST_HEADING = 120

interface Piece {
  start: number
  end: number
  words: number
}

interface Section {
  headings: string[]
  pieces: Piece[]
  /** Where the heading itself stands: quoted when nothing follows it. */
  heading?: { level: number; pieces: Piece[] }
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
    if (open.pieces.length === 0 && heading !== undefined && nextLevel <= heading.level) open.pieces = heading.pieces
    if (open.pieces.length > 0) found.push(open)
  }
  for (const block of blocks(content)) {
    if (block.kind === 'heading' && format === 'markdown') {
      close(block.level)
      const text = content
        .slice(block.start, block.end)
        .replace(/[ \t]#+$/, '')
        .trim()
        .slice(0, LONGEST_HEADING)
      path = [...path.filter((above) => above.level < block.level), { level: block.level, text }]
      const headings = path.map((above) => above.text).filter((heading) => heading !== title.trim())
      open = { headings, pieces: [], heading: { level: block.level, pieces: pieces(content, block) } }
    } else {
      for (const piece of pieces(content, block)) open.pieces.push(piece)
    }
  }
  close(0)
  return found
}

function pieces(content: string, block: Block): Piece[] {
  return sentencesOf(content, block).map(({ start, end, text }) => ({ start, end, words: countWords(text) }))
}

const UNSPACED_LETTERS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu

function countWords(text: string): number {
  const letters = text.match(UNSPACED_LETTERS)
  if (letters === null) return Math.max(text.match(/\S+/g)?.length ?? 0, text.length / LONGEST_WORD)
  return letters.length * UNSPACED + (text.match(/[\p{Script=Latin}\p{N}]+/gu)?.length ?? 0)
}

function* windows(cut: readonly Piece[]): Generator<{ start: number; end: number }> {
  let first = 0
  let next = 0
  while (first < cut.length) {
    const fresh = next
    next = first
    let words = 0
    while (next < cut.length && (next <= fresh || words + (cut[next]?.words ?? 0) <= WORDS)) {
      words += cut[next]?.words ?? 0
      next++
    }
    if (isShort(cut, next)) next = cut.length
    const from = cut[first]
    const to = cut[next - 1]
    if (from === undefined || to === undefined) return
    yield { start: from.start, end: to.end }
    if (next >= cut.length) return
    let repeated = 0
    let back = next
    while (back - 1 > first && repeated + (cut[back - 1]?.words ?? 0) <= OVERLAP) {
      back--
      repeated += cut[back]?.words ?? 0
    }
    first = back
  }
}

function isShort(cut: readonly Piece[], from: number): boolean {
  let words = 0
  for (let at = from; at < cut.length && words <= SHORTEST; at++) words += cut[at]?.words ?? 0
  return words <= SHORTEST
}
