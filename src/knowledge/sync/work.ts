import type { ReadPdf } from '../extract/extracted.ts'
import type { Journal } from './journal.ts'
import type { Index } from './publish.ts'
import type { Run } from './source.ts'

/** What a step of a run works with, whatever its source is. */
export type Work = {
  run: Run
  journal: Journal
  index: Index
  /** Whether the run still counts: it may be cancelled, or replaced by another, while a page is on its way. */
  isCurrent: () => boolean
  readPdf: ReadPdf
  now: () => number
}
