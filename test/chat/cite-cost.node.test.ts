/** What a model writes is nobody's promise: citing it must stay cheap, whatever it is. */
import { expect, test } from 'vitest'
import { cite } from '../../src/chat/cite.ts'

const tenOf = (first: number) =>
  Array.from({ length: 10 }, (_, i) => `Refund ${first + i} takes ${i + 2} days after we have your parcel.`).join(' ')

const passages = [0, 1, 2, 3, 4, 5].map((ordinal) => ({
  documentId: 'doc_1',
  title: 'Refunds',
  headings: [],
  text: tenOf(ordinal * 10),
  start: 0,
  ordinal,
  score: 1,
  contentHash: '',
  matched: [],
}))

/** As long as an answer may be. */
const long = (text: string) => text.repeat(Math.ceil((64 * 1024) / text.length))

test('64 KB of spaces, of brackets or of markers are cited in a moment', () => {
  const answers = [' ', '\n', ' \n', '[', '[1', '[1, ', '[1 ', ', 1', '[1]', '[1] ', '[1][2][3][4][5][6]']
  const citing = ['refund parcel days [1][2][3][4][5][6] ', 'Refund 7 takes [1, 2, 3] ', 'x[6]', 'Refund[1] \t\t ']
  cite('Refund 7 takes 9 days [1].', passages)
  for (const text of [...answers, ...citing]) {
    const start = performance.now()
    cite(long(text), passages)
    // Some milliseconds each; a busy machine may take ten times as long.
    expect(performance.now() - start, JSON.stringify(text)).toBeLessThan(500)
  }
})
