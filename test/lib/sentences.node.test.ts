import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sentences } from '../../src/lib/sentences.ts'
import { HOSTILE } from '../support/hostile.ts'

const UNITS = Array.from('aB1 .!?\n-#>|*`"(é漢。ก😀\ud800\t')
const texts = (input: string) => sentences(input).map(({ text }) => text)

test('marks end a sentence; abbreviations, initials, numbers and addresses do not', () => {
  expect(
    texts(
      'Dr. J. R. Smith paid $3.50 at 9.30 a.m. on 1.5.2024. See https://a.example/x.html?y=1. Is it e.g. open? Yes!',
    ),
  ).toEqual([
    'Dr. J. R. Smith paid $3.50 at 9.30 a.m. on 1.5.2024.',
    'See https://a.example/x.html?y=1.',
    'Is it e.g. open?',
    'Yes!',
  ])
  expect(texts('Er kommt z.B. am 3. Mai. Danach nicht.')).toHaveLength(3)
  expect(texts('He said “Stop.” Then he left.')).toEqual(['He said “Stop.”', 'Then he left.'])
  expect(texts('Wait... what? It uses node.js and System.Text here.')).toEqual([
    'Wait... what?',
    'It uses node.js and System.Text here.',
  ])
})

test('sentences glued together by lost markup are parted', () => {
  expect(texts('It is not yet available to all users.You can start now.')).toEqual([
    'It is not yet available to all users.',
    'You can start now.',
  ])
})

test('other scripts have marks of their own', () => {
  expect(texts('返品できます。返金は5日以内です！')).toEqual(['返品できます。', '返金は5日以内です！'])
  expect(texts('आप वापस कर सकते हैं। हम पैसा लौटाते हैं।')).toHaveLength(2)
  expect(texts('هل هو مفتوح؟ نعم.')).toHaveLength(2)
})

test('Thai has no marks and is cut at spaces by length', () => {
  const thai = 'คุณสามารถคืนสินค้าได้ '.repeat(40)
  const cut = sentences(thai)
  expect(cut.length).toBeGreaterThan(3)
  for (const { text } of cut) expect(text.length).toBeLessThanOrEqual(220)
})

test('Markdown: items, headings, rows and code end a sentence, and their marks are not part of it', () => {
  const markdown = [
    '# Returns #',
    '- Gift cards are not refundable',
    '2. [ ] Opened software: ask us',
    '> Quoted text',
    '| Country | Days |',
    '|---|---:|',
    '| Spain | 4 |',
    '```sh',
    'npm start',
    '```',
    'Setext',
    '======',
    'The end',
  ].join('\n')
  expect(sentences(markdown).map(({ kind, text }) => [kind, text])).toEqual([
    ['heading', 'Returns #'],
    ['item', 'Gift cards are not refundable'],
    ['item', 'Opened software: ask us'],
    ['text', 'Quoted text'],
    ['row', '| Country | Days |'],
    ['row', '| Spain | 4 |'],
    ['code', '```sh\nnpm start\n```'],
    ['heading', 'Setext'],
    ['text', 'The end'],
  ])
})

test('lines wrapped by hand are one sentence; lines that stand alone are not', () => {
  const wrapped = [
    'This paragraph was wrapped by hand at some seventy letters a line, as',
    'README files and e-mails are, so that a sentence of it goes over many',
    'Lines and even starts them with a capital.',
  ].join('\n')
  expect(texts(wrapped)).toHaveLength(1)
  expect(texts('Opening hours\nMonday to Friday\nClosed on Sundays')).toHaveLength(3)
})

test('sentences are exact slices in order, lose nothing but marks and spaces, and are short', () => {
  const unit = fc.constantFrom(...UNITS, 'Mr. ', '\r\n', '- ', '```', '\u0301')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 900 }), (input) => {
      let end = 0
      for (const sentence of sentences(input)) {
        expect(input.slice(sentence.start, sentence.end)).toBe(sentence.text)
        expect(sentence.text.trim()).toBe(sentence.text)
        expect(sentence.text.length).toBeLessThanOrEqual(400)
        expect(sentence.start).toBeGreaterThanOrEqual(end)
        expect(input.slice(end, sentence.start)).not.toMatch(/[a-zB2-9é漢ก]/)
        end = sentence.end
      }
      expect(input.slice(end)).not.toMatch(/[a-zB2-9é漢ก]/)
    }),
    { seed: 3, numRuns: 600 },
  )
})

test.each(Object.entries(HOSTILE))('a megabyte of %s is cut in linear time', (_, text) => {
  const began = performance.now()
  const cut = sentences(text)
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(cut.every(({ start, end, text: slice }) => text.slice(start, end) === slice)).toBe(true)
})
