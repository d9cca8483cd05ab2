/** `[1]`, or `[1, 2]`; repeats are bounded, so no text takes more than one look at each character. */
const MARKER = String.raw`\[\d{1,2}(?:\s{0,2},\s{0,2}\d{1,2}){0,9}\]`
/** A run of markers as models write them: `[1][2]`. */
const MARKERS = new RegExp(`${MARKER}(?:\\s{0,2}${MARKER})*`, 'g')
/** Of one run; who writes more of them cites nothing. */
const MAX_RUN = 2_000

/** A run of citation markers in an answer and the passages it names, counted from 1. */
export type Marker = { start: number; end: number; numbers: Set<number> }

export function* markersIn(answer: string): Generator<Marker> {
  for (const { 0: run, index } of answer.matchAll(MARKERS)) {
    const numbers = new Set(Array.from(run.slice(0, MAX_RUN).matchAll(/\d+/g), ([digits]) => Number(digits)))
    yield { start: index, end: index + run.length, numbers }
  }
}
