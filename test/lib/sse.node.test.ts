import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SseReader } from '../../src/lib/sse.ts'

const utf8 = new TextEncoder()

function readAll(chunks: Uint8Array[]): string[] {
  const reader = new SseReader()
  return chunks.flatMap((chunk) => reader.push(chunk))
}

function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1))), bytes.length].toSorted((a, b) => a - b)
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end))
}

/** Events as the specification reads a whole text: WHATWG HTML, 9.2.6. */
function eventsOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  const events: string[] = []
  let data: string[] = []
  // What follows the last line end is no line.
  for (const line of lines.slice(0, -1)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (line === '' && data.length > 0) events.push(data.join('\n'))
    if (line === '') data = []
    else if (field === 'data') data.push(value)
  }
  return events
}

const value = fc.oneof(
  fc.constantFrom('[DONE]', '{"a":1}', 'ü', '日本', '🙂', '', ' ', '  two', ':', 'data: x'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, '')),
)
const line = fc.oneof(
  { weight: 6, arbitrary: value.map((text) => `data: ${text}`) },
  value.map((text) => `data:${text}`),
  value.map((text) => `: ${text}`),
  fc.constantFrom('event: delta', 'id: 7', 'retry: 10', 'data', 'database: no', ' data: no', 'nothing'),
)
const end = fc.constantFrom('\n', '\r\n', '\r')

/** One kind of line end in a document, as real servers write, or all of them mixed. */
const documents = fc
  .tuple(
    fc.boolean(),
    end,
    fc.array(fc.tuple(fc.array(line, { maxLength: 4 }), fc.array(end, { minLength: 8, maxLength: 8 })), {
      maxLength: 8,
    }),
  )
  .map(([mixed, only, blocks]) =>
    blocks
      .flatMap(([lines, ends]) => [...lines, ''].map((text, i) => text + (mixed ? (ends[i] ?? '\n') : only)))
      .join(''),
  )

test('however the bytes are cut, the events are those of the whole text', () => {
  fc.assert(
    fc.property(documents, fc.boolean(), fc.array(fc.nat(), { maxLength: 40 }), (text, mark, places) => {
      const bytes = utf8.encode((mark ? '\uFEFF' : '') + text)
      const expected = eventsOf(text)
      expect(readAll(cut(bytes, places))).toEqual(expected)
      expect(readAll(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected)
    }),
    { seed: 7, numRuns: 2_000 },
  )
})

test('any bytes are read without an error, and the same however they are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
      // Bytes at random have few line ends.
      const lined = bytes.map((byte) => (byte < 24 ? 10 : byte < 40 ? 13 : byte))
      const prefixed = new Uint8Array([...utf8.encode('data: '), ...lined])
      expect(readAll(cut(prefixed, places))).toEqual(readAll([prefixed]))
    }),
    { seed: 11, numRuns: 1_000 },
  )
})

test('an event is given out with the empty line that ends it, not with what comes next', () => {
  for (const eol of ['\n', '\r\n', '\r']) {
    const reader = new SseReader()
    const early = utf8.encode(`data: ü🙂${eol}`)
    expect(Array.from(early, (byte) => reader.push(Uint8Array.of(byte))).flat()).toEqual([])
    const given = Array.from(utf8.encode(eol), (byte) => reader.push(Uint8Array.of(byte)))
    expect(given.flat(), JSON.stringify(eol)).toEqual(['ü🙂'])
  }
})

test('lines of one event are joined, other fields and comments are passed over, a half event is none', () => {
  const reader = new SseReader()
  expect(reader.push(utf8.encode(': hello\nevent: x\ndata: a\nid: 1\ndata:b\n\ndata: half'))).toEqual(['a\nb'])
  expect(reader.push(utf8.encode(''))).toEqual([])
  expect(reader.push(utf8.encode(' more\n'))).toEqual([])
  expect(reader.push(utf8.encode('\n'))).toEqual(['half more'])
})

test('a long line in small pieces is searched once, not again with every piece', () => {
  const reader = new SseReader()
  const piece = utf8.encode('x'.repeat(256))
  const start = performance.now()
  reader.push(utf8.encode('data: '))
  for (let i = 0; i < 2_048; i++) reader.push(piece)
  expect(reader.push(utf8.encode('\n\n'))[0]).toHaveLength(512 * 1024)
  // Some milliseconds; with 537 million characters to look at, some seconds.
  expect(performance.now() - start).toBeLessThan(1_000)
})
