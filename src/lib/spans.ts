import { contentTerms, UNSPACED_RUN } from './analyse.ts'

/** A piece of a text, in UTF-16 units. */
export type Span = { start: number; end: number }

const WORD = /[\p{L}\p{M}\p{N}]+/gu

/** Where a text says one of `terms`, as it is written there: for highlighting. Spans do not overlap. */
export function spansOf(text: string, terms: ReadonlySet<string>): Span[] {
  const found: Span[] = []
  const add = (start: number, end: number): void => {
    const last = found.at(-1)
    if (last && start < last.end) last.end = end
    else found.push({ start, end })
  }
  const says = (piece: string) => contentTerms(piece).some((term) => terms.has(term))
  for (const { 0: run, index } of text.matchAll(WORD)) {
    let from = 0
    for (const unspaced of run.matchAll(UNSPACED_RUN)) {
      const at = unspaced.index
      if (from < at && says(run.slice(from, at))) add(index + from, index + at)
      const size = unspaced[1] === undefined ? 3 : 2
      for (const [start, end] of windows(unspaced[0], size))
        if (says(unspaced[0].slice(start, end))) add(index + at + start, index + at + end)
      from = at + unspaced[0].length
    }
    if (from < run.length && says(run.slice(from))) add(index + from, index + run.length)
  }
  return found
}

/** The cuts of a run as the index makes them, as offsets; letters outside the BMP stay whole. */
function windows(run: string, size: number): [number, number][] {
  const offsets = [0]
  for (const letter of run) offsets.push((offsets.at(-1) ?? 0) + letter.length)
  const last = Math.max(1, offsets.length - size)
  return Array.from({ length: last }, (_, at) => [offsets[at] ?? 0, offsets[at + size] ?? run.length])
}
