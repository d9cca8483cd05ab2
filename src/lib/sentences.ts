import { blocks, type Block, type BlockKind } from './blocks.ts'

export interface Sentence {
  /** Exactly `input.slice(start, end)`. */
  text: string
  start: number
  end: number
  kind: BlockKind
}

/** Longest sentence in UTF-16 units; what is longer is cut at a pause. Thai and its like have no marks but spaces. */
const LONGEST = 400
const LONGEST_WITHOUT_MARKS = 220

const STOP = /([.!?…]+)(["'”’»)\]*_`]*)|[。！？｡।॥؟۔។៕။።։][」』）】”’"')]*/g
const WITHOUT_MARKS = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
/** Never the end of a sentence. */
const TITLES = new Set(
  `mr mrs ms dr prof rev gen col lt sgt capt hon st mt vs e.g i.e eg ie cf fig figs eq no nos vol pp p ch sec art approx
  ca nr bzw z.b d.h u.a evtl ggf inkl zzgl sr sra srta mme mlle dott sig ing av p.ex ej págs pág núm tel`.split(/\s+/),
)

/** Cuts `text` into sentences; list items, headings, table rows and code end one, whatever their marks. */
export function sentences(text: string): Sentence[] {
  return blocks(text).flatMap((block) => sentencesOf(text, block))
}

/** The sentences of one block of `text`, with offsets into `text`. */
export function sentencesOf(text: string, block: Block): Sentence[] {
  const found: Sentence[] = []
  const add = (start: number, end: number): void => {
    for (const [from, to] of shorten(text, start, end)) {
      found.push({ text: text.slice(from, to), start: from, end: to, kind: block.kind })
    }
  }
  if (block.kind === 'code') addLines(text, block, add)
  else if (block.kind === 'heading' || block.kind === 'row') add(block.start, block.end)
  else {
    let start = block.start
    for (const end of ends(text, block)) {
      add(start, end)
      start = end
    }
    add(start, block.end)
  }
  return found
}

function addLines(text: string, block: Block, add: (start: number, end: number) => void): void {
  if (block.end - block.start <= LONGEST) return add(block.start, block.end)
  let start = block.start
  while (start < block.end) {
    const next = text.indexOf('\n', start)
    const end = next < 0 || next > block.end ? block.end : next + 1
    add(start, end)
    start = end
  }
}

function* ends(text: string, block: Block): Generator<number> {
  const inside = text.slice(block.start, block.end)
  for (const match of inside.matchAll(STOP)) {
    const after = match.index + match[0].length
    if (after >= inside.length) return
    if (match[1] === undefined || isEnd(inside, match.index, match[1], after)) yield block.start + after
  }
}

function isEnd(text: string, at: number, marks: string, after: number): boolean {
  const next = /^\s+["'“‘«(\[*_`¿¡]*(\S)/u.exec(text.slice(after, after + 24))?.[1]
  if (next === undefined) return isGlued(text, at, after)
  if (/\p{Ll}/u.test(next)) return false
  if (marks !== '.') return true
  const word = /[^\s"'“‘«(\[]*$/u.exec(text.slice(Math.max(0, at - 12), at))?.[0] ?? ''
  if (/^\p{Lu}$/u.test(word) || /^(?:\p{Lu}\.)+\p{Lu}$/u.test(word)) return false
  return !TITLES.has(word.toLowerCase())
}

/** "to all users.You can": markup lost its line break. `System.Text` and `node.js` stay whole. */
function isGlued(text: string, at: number, after: number): boolean {
  if (!/^\p{Lu}\p{Ll}*['’]?\p{Ll}*[ ,]/u.test(text.slice(after, after + 24))) return false
  return /(?:^|\s)\p{Ll}{3,}[)"”]?$/u.test(text.slice(Math.max(0, at - 24), at))
}

function* shorten(text: string, from: number, to: number): Generator<[number, number]> {
  let start = from
  let end = to
  while (start < end && isSpace(text, start)) start++
  while (end > start && isSpace(text, end - 1)) end--
  while (start < end) {
    const longest = WITHOUT_MARKS.test(text.slice(start, Math.min(start + 40, end))) ? LONGEST_WITHOUT_MARKS : LONGEST
    const cut = end - start <= longest ? end : pause(text, start, start + longest)
    let last = cut
    while (last > start && isSpace(text, last - 1)) last--
    if (last > start) yield [start, last]
    start = cut
    while (start < end && isSpace(text, start)) start++
  }
}

/** The best place to cut before `limit`: after a semicolon or colon, a comma, a space; else anywhere between letters. */
function pause(text: string, start: number, limit: number): number {
  const half = text.slice(start + Math.floor((limit - start) / 2), limit)
  for (const mark of [/[;:；：]\s*(?=[^;:；：]*$)/u, /[,，、]\s*(?=[^,，、]*$)/u, /\s(?=\S*$)/u]) {
    const match = mark.exec(half)
    if (match !== null) return limit - half.length + match.index + match[0].length
  }
  let cut = limit
  while (cut > start + 1 && /[\p{M}\u200d\ufe0f\udc00-\udfff]/u.test(text.charAt(cut))) cut--
  return cut
}

function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (
    code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000 || code === 0x2028 || code === 0x2029
  )
}
