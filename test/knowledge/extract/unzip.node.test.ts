import { strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { openZip } from '../../../src/knowledge/extract/unzip.ts'
import { docxParts, outcome, wp, zip } from './samples.ts'

const MEGABYTE = 1024 * 1024

/** Overwrites a 32-bit number of the directory entry of `name`, counted from the start of the entry. */
function forge(file: Uint8Array, name: string, field: number, value: number): Uint8Array {
  const forged = file.slice()
  const text = new TextDecoder('latin1').decode(forged)
  const at = text.lastIndexOf(name) - 46
  new DataView(forged.buffer).setUint32(at + field, value, true)
  return forged
}

test('a bomb is refused by what it declares', async () => {
  const bomb = zip(docxParts(wp(' '.repeat(60 * MEGABYTE))))
  expect(bomb.length).toBeLessThan(100_000)
  expect(await outcome(bomb, 'bomb.docx')).toBe('TOO_LARGE')
})

test('a bomb that lies about its size is stopped while it inflates', async () => {
  const bomb = zip(docxParts(wp(' '.repeat(60 * MEGABYTE))))
  const lies = forge(bomb, 'word/document.xml', 24, 1000)
  expect(await outcome(lies, 'bomb.docx')).toBe('TOO_LARGE')
  // Stopped early: it costs less than to inflate the whole.
  const start = performance.now()
  await outcome(lies, 'bomb.docx')
  const stopped = performance.now() - start
  unzipSync(bomb)
  expect(stopped).toBeLessThan(performance.now() - start - stopped)
})

test('a hundredfold is refused above a megabyte, and allowed below', async () => {
  expect(await outcome(zip(docxParts(wp('a'.repeat(3 * MEGABYTE)))), 'a.docx')).toBe('TOO_LARGE')
  expect(await outcome(zip(docxParts(wp('a'.repeat(MEGABYTE / 2)))), 'a.docx')).toBe('ok')
})

test('all parts together have a limit, too', () => {
  const noise = Array.from({ length: 400_000 }, (_, at) => ((at * 2_654_435_761) >>> 8).toString(16)).join(
    '<a/>'.padEnd(60),
  )
  const big = strToU8(noise.slice(0, 20 * MEGABYTE))
  const bytes = zipSync({ a: big, b: big, c: big }, { level: 1 })
  const opened = openZip(bytes)
  const drain = (name: string): number => opened.xml(name).reduce((count) => count + 1, 0)
  expect(drain('a')).toBeGreaterThan(0)
  expect(drain('b')).toBeGreaterThan(0)
  expect(() => drain('c')).toThrow('grows too much')
})

test('wrong sizes, cut data, unknown methods and passwords', async () => {
  const file = zip(docxParts(wp('text')))
  const part = 'word/document.xml'
  expect(await outcome(forge(file, part, 24, 10), 'a.docx')).toBe('MALFORMED')
  expect(await outcome(forge(file, part, 24, 100_000), 'a.docx')).toBe('MALFORMED')
  expect(await outcome(forge(file, part, 20, 10), 'a.docx')).toBe('MALFORMED')
  expect(await outcome(forge(file, part, 20, 0x7fffffff), 'a.docx')).toBe('MALFORMED')
  expect(await outcome(forge(file, part, 42, 0xfffffff0), 'a.docx')).toBe('MALFORMED')
  expect(await outcome(forge(file, part, 8, 0x0008_0801), 'a.docx')).toBe('ENCRYPTED')
  expect(await outcome(forge(file, part, 8, 0x000c_0800), 'a.docx')).toBe('MALFORMED')
})

const media = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`word/media/${at}.png`, '']))

test('a thousand parts are read, ten thousand and one are not', async () => {
  const base = docxParts(wp('text'))
  expect(Object.keys(base)).toHaveLength(6)
  expect(await outcome(zip({ ...base, ...media(994) }), 'a.docx')).toBe('ok')
  expect(await outcome(zip({ ...base, ...media(9994) }), 'a.docx')).toBe('ok')
  const many = zip({ ...base, ...media(9995) })
  expect(await outcome(many, 'a.docx')).toBe('TOO_MANY_PARTS')
  // The count at the end is only a claim.
  const lies = many.slice()
  new DataView(lies.buffer).setUint16(lies.length - 12, 5, true)
  expect(await outcome(lies, 'a.docx')).toBe('TOO_MANY_PARTS')
})

test('names are not paths, and the first of a name counts', async () => {
  const file = zip({ ...docxParts(wp('text')), '../../etc/passwd': 'x', 'C:\\x': 'y', __proto__: 'z', 'a\u0000b': 'n' })
  expect(await outcome(file, 'a.docx')).toBe('ok')
})
