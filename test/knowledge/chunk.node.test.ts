import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkDocument } from '../../src/knowledge/chunk.ts'
import { HOSTILE } from '../support/hostile.ts'

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length
const prose = (sentences: number) =>
  Array.from({ length: sentences }, (_, at) => `Sentence number ${at} says something about topic ${at % 7} here.`).join(
    ' ',
  )
const chunk = (content: string, format: 'text' | 'markdown' = 'markdown', title = 'Title') =>
  chunkDocument({ title, content, format })

test('chunks have about a hundred words, end at sentences and overlap', () => {
  const content = prose(80)
  const chunks = chunk(content)
  expect(chunks.length).toBeGreaterThan(5)
  for (const [at, { text, start }] of chunks.entries()) {
    expect(words(text)).toBeLessThanOrEqual(150)
    expect(words(text)).toBeGreaterThan(60)
    expect(text).toMatch(/^Sentence .*\.$/s)
    if (at > 0) expect(start).toBeLessThan(chunks[at - 1]?.end ?? 0)
  }
})

test('headings are the context of what stands below them, not its text', () => {
  const content = '# Shop\nIntro.\n## Returns\nWithin 30 days.\n### Exceptions\n- Gift cards.\n## Shipping\nFree.\n'
  expect(chunk(content, 'markdown', 'Shop').map(({ text, headings }) => [text, headings])).toEqual([
    ['Intro.', []],
    ['Within 30 days.', ['Returns']],
    ['Gift cards.', ['Returns', 'Exceptions']],
    ['Free.', ['Shipping']],
  ])
})

test('a heading with nothing below it can still be found; one above another heading is context only', () => {
  const found = chunk('# A\n## B\n## C\ntext\n# D')
  expect(found.map(({ text, headings }) => [text, headings])).toEqual([
    ['B', ['A', 'B']],
    ['text', ['A', 'C']],
    ['D', ['D']],
  ])
})

test('plain text has no headings', () => {
  expect(chunk('# not a heading\nbut a comment.', 'text')).toMatchObject([{ headings: [] }])
})

test('fenced code stays in one piece, its hashes are no headings', () => {
  const code = '```sh\n# install\nnpm ci\n```'
  const chunks = chunk(`Run this. ${prose(5)}\n\n${code}\n\nThen that.`)
  expect(chunks.filter(({ text }) => text.includes(code))).toHaveLength(1)
  expect(chunks.every(({ headings }) => headings.length === 0)).toBe(true)
})

test('scripts without spaces are cut by letters', () => {
  const chunks = chunk('商品到着後三十日以内であれば返品できます。返金は五営業日以内に行います。'.repeat(60))
  for (const { text } of chunks) expect(text.length).toBeLessThanOrEqual(400)
  expect(chunks.length).toBeGreaterThan(6)
})

test('a giant sentence is cut hard, and a key without spaces too', () => {
  for (const content of ['word '.repeat(5_000), 'x'.repeat(30_000)]) {
    for (const { text } of chunk(content)) expect(text.length).toBeLessThan(1_600)
  }
})

test('every chunk is an exact slice, in order, and nothing written is lost', () => {
  const line = fc.constantFrom(
    '# Head',
    '## Sub',
    '',
    'Some words here. And more!',
    '- item',
    '| a | b |',
    '```',
    'é漢字。ก',
    '1. x',
  )
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 80 }),
      fc.constantFrom('text' as const, 'markdown' as const),
      (all, format) => {
        const content = all.join('\n')
        const chunks = chunk(content, format)
        let covered = 0
        for (const [at, { ordinal, start, end, text }] of chunks.entries()) {
          expect(ordinal).toBe(at)
          expect(text).toBe(content.slice(start, end))
          expect(end).toBeGreaterThan(covered)
          if (start > covered) expect(content.slice(covered, start)).not.toMatch(/word|item|漢/)
          covered = end
        }
        expect(content.slice(covered)).not.toMatch(/word|item|漢/)
      },
    ),
    { seed: 4, numRuns: 400 },
  )
})

test.each(Object.entries(HOSTILE))('a megabyte of %s is chunked in linear time', (_, content) => {
  const began = performance.now()
  const chunks = chunk(content)
  expect(performance.now() - began).toBeLessThan(5_000)
  for (const { text, start, end } of chunks) expect(text === content.slice(start, end)).toBe(true)
})
