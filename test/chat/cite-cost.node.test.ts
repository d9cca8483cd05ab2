/** What a model writes is nobody's promise: citing it must stay cheap, whatever it is. */
import { expect, test } from 'vitest'
import { CitedPassage } from '../../src/chat/cited-passage.ts'
import { cite } from '../../src/chat/cite.ts'
import { ground } from '../../src/chat/ground.ts'

const tenOf = (first: number) =>
  Array.from({ length: 10 }, (_, i) => `Refund ${first + i} takes ${i + 2} days after we have your parcel.`).join(' ')

const passages = [0, 1, 2, 3, 4, 5].map(
  (ordinal) =>
    new CitedPassage({
      documentId: 'doc_1',
      title: 'Refunds',
      headings: [],
      text: tenOf(ordinal * 10),
      start: 0,
      ordinal,
      score: 1,
      contentHash: '',
      matched: [],
    }),
)

/** As long as an answer may be. */
const long = (text: string) => text.repeat(Math.ceil((64 * 1024) / text.length))

test('64 KB of spaces, of brackets, of markers or of claims are cited and judged in a moment', async () => {
  const answers = [' ', '\n', ' \n', '[', '[1', '[1, ', '[1 ', ', 1', '[1]', '[1] ', '[1][2][3][4][5][6]']
  const citing = [
    'refund parcel days [1][2][3][4][5][6] ',
    'Refund 7 takes [1, 2, 3] ',
    'x[6]',
    'Refund 7 takes nine days, but Hamburg is not far from here [1][2][3][4][5][6]. ',
    'Ä. [1]',
    '1.1,1 ',
    '"a b c d e" [1]. ',
    'Refund[1] \t\t ',
  ]
  await cite('Refund 7 takes 9 days [1].', passages)
  for (const text of [...answers, ...citing]) {
    const start = performance.now()
    await cite(long(text), passages)
    ground(long(text), passages, { texts: [], known: '' })
    // Some ten milliseconds each; a busy machine may take ten times as long.
    expect(performance.now() - start, JSON.stringify(text)).toBeLessThan(1_500)
  }
})
