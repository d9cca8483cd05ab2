import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { extract, docxParts, latin1, outcome, pdf, utf8, wp, xlsxParts, zip } from './samples.ts'

const SEED = 20_261_123
const codes = new Set([
  'ok',
  'UNSUPPORTED_FORMAT',
  'ENCRYPTED',
  'SCANNED_PDF',
  'EMPTY',
  'TOO_LARGE',
  'TOO_MANY_PARTS',
  'MALFORMED',
  'WRONG_CHARSET',
])
const names = fc.constantFrom('a.txt', 'a.md', 'a.csv', 'a.html', 'a.docx', 'a.xlsx', 'a.pdf', 'a', '')
const types = fc.constantFrom(
  undefined,
  'text/html',
  'text/csv; charset=shift_jis',
  'text/plain',
  'application/octet-stream',
)

/** Never anything but a text or a refusal. */
const survives = async (bytes: Uint8Array, name: string, type: string | undefined): Promise<void> => {
  expect(codes).toContain(await outcome(bytes, name, type))
}

test('random bytes', { timeout: 120_000 }, async () => {
  const heads = fc
    .constantFrom('', '%PDF-1.7\n', 'PK\u0003\u0004', '<html>', '<!doctype html>', '---\n', '\u00ff\u00fe')
    .map(latin1)
  const bytes = fc
    .tuple(heads, fc.uint8Array({ maxLength: 3000 }))
    .map(([head, rest]) => Uint8Array.from([...head, ...rest]))
  await fc.assert(fc.asyncProperty(bytes, names, types, survives), { seed: SEED, numRuns: 600 })
})

const isClean = async (html: string): Promise<void> => {
  const bytes = utf8(html)
  if ((await outcome(bytes, 'a.html', 'text/html')) !== 'ok') return
  const { content } = await extract(bytes, { name: 'a.html', contentType: 'text/html' })
  expect(content).not.toMatch(/\n{4}|undefined|NaN/)
}

test('random pages', { timeout: 120_000 }, async () => {
  const part = fc.constantFrom(
    ...'<table> <tr> <td> <th> </td> </tr> </table> <ul> <ol> <li> </li> </ul> <h1> </h1> <h3> <p> </p> <pre> </pre> <div> </div> <main> </main> <article> <form> </form> <nav> </nav> <svg> <svg/> </svg> <title> </title> <script> </script> <br> <p hidden> <span hidden> </span> <template> </template> <!-- --> <a href=x> </a> & &amp; &#65; < > " word # ``` | <![CDATA[ ]]> <td/ <b'.split(
      ' ',
    ),
    '\n',
    ' ',
  )
  const page = fc.array(part, { maxLength: 60 }).map((parts) => parts.join(''))
  await fc.assert(fc.asyncProperty(page, isClean), { seed: SEED, numRuns: 3000 })
})

const survivesChange = async ([file, changes, share]: [Uint8Array, [number, number][], number]): Promise<void> => {
  const bytes = file.slice(0, Math.ceil(file.length * share))
  for (const [at, value] of changes) bytes[at % bytes.length] = value
  await survives(bytes, 'a.csv', undefined)
}

test('files with a few bytes changed', { timeout: 120_000 }, async () => {
  const row = '<row><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45931</v></c></row>'
  const files = [
    zip(docxParts(wp('text', '<w:pStyle w:val="H2"/>') + wp('more'))),
    zip(xlsxParts({ A: row + row }, { 'xl/sharedStrings.xml': '<sst><si><t>Name</t></si></sst>' })),
    pdf([[[700, 12, 'first page']], [[700, 12, 'second page']]]),
    utf8('Name;Age\n"Bob";3\n"Eve;4'),
  ]
  const change = fc.tuple(fc.nat(), fc.nat(255))
  const changed = fc.tuple(
    fc.constantFrom(...files),
    fc.array(change, { minLength: 1, maxLength: 8 }),
    fc.double({ min: 0.1, max: 1, noNaN: true }),
  )
  await fc.assert(fc.asyncProperty(changed, survivesChange), { seed: SEED, numRuns: 1500 })
})
