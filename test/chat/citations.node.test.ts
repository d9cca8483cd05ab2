/** A citation is a proof: anybody who has the document of that version can check it letter by letter. */
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cite } from '../../src/chat/cite.ts'
import { CitedPassage } from '../../src/chat/cited-passage.ts'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import { nodeSql } from '../support/node-sql.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const words = [
  'refund ',
  'Refunds take 5 days. ',
  'return? ',
  '返金は5日。',
  '🙂',
  'e\u0301',
  '# Money\n',
  '- item\n',
  '\n\n',
  '\r\n',
  '"',
  'Ünïcode ',
  '\ud83d',
  '| a | b |\n',
  'x'.repeat(90),
  '[1] ',
]
const content = fc
  .array(fc.constantFrom(...words), { minLength: 1, maxLength: 60 })
  .map((pieces) => `refund ${pieces.join('')}`)
/** An answer is made of pieces of the documents, of other words and of markers, right and wrong. */
const answerPiece = fc.oneof(
  fc.constantFrom('[1]', '[2]', '[3] ', '[1, 3]'),
  fc.constantFrom('[2][6]', '[9]', '[0]', '. ', '\n', ' nothing of it ', '\ude42', ...words),
  fc.record({ document: fc.nat(2), from: fc.nat(400), length: fc.nat(120) }),
)

test('whatever documents hold and models write: a quote is the slice that its offsets name, of the version its hash names', async () => {
  let cited = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(content, { minLength: 3, maxLength: 3 }),
      fc.array(answerPiece, { minLength: 4, maxLength: 25 }),
      async (contents, pieces) => {
        const store = new KnowledgeStore(nodeSql())
        for (const [at, text] of contents.entries())
          await store.putDocument({
            id: `doc_${at}`,
            title: `Refund ${at}`,
            content: text,
            format: at === 1 ? 'text' : 'markdown',
          })
        const { passages } = store.search({
          texts: [{ text: 'refund money return 返金', weight: 1 }],
          limit: 6,
          maxChars: 6_000,
        })
        const answer = pieces
          .map((piece) =>
            typeof piece === 'string' ? piece : contents[piece.document]?.slice(piece.from, piece.from + piece.length),
          )
          .join('')
        for (const citation of await cite(
          answer,
          passages.map((passage) => new CitedPassage(passage)),
        )) {
          const document = store.getDocument(citation.sourceId)
          if (!document) throw new Error('a document that is not there is cited')
          expect(citation.verified).toBe(true)
          expect(document.content.slice(citation.start, citation.end)).toBe(citation.quote)
          expect(citation.quote).not.toBe('')
          expect(citation.quote.isWellFormed()).toBe(true)
          expect(citation.contentHash).toBe(document.contentHash)
          expect(citation.contentHash).toBe(sha256(`${document.title}\n${document.content}`))
          const { chunk } = citation
          expect(chunk?.hash).toBe(sha256(document.content.slice(chunk?.start, chunk?.end)))
          expect(citation.start).toBeGreaterThanOrEqual(chunk?.start ?? Infinity)
          expect(citation.end).toBeLessThanOrEqual(chunk?.end ?? 0)
          expect(answer).toMatch(new RegExp(String.raw`[[\s,]${citation.n}[\],\s]`))
          cited++
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  )
  expect(cited).toBeGreaterThan(500)
})

test('a word alone is cited by its sentence, a whole sentence by itself', async () => {
  const passage = {
    documentId: 'd',
    title: 'T',
    headings: [],
    start: 10,
    ordinal: 0,
    score: 1,
    contentHash: '',
    matched: [],
  }
  const text = 'Yesterday was a holiday. Yes means that refunds take days.'
  const quote = async (answer: string) =>
    (await cite(answer, [new CitedPassage({ ...passage, text })])).map((one) => one.quote)
  expect(await quote('Yes [1].')).toEqual(['Yesterday was a holiday.'])
  expect(await quote('Refunds [1].')).toEqual(['Yes means that refunds take days.'])
  expect(await quote('refunds take days [1]')).toEqual(['refunds take days'])
})
