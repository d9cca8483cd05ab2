import { zlibSync } from 'fflate'
import { expect, test } from 'vitest'
import { extract, latin1, outcome, pdf, type PdfLine } from './samples.ts'

const read = (file: Uint8Array) => extract(file, { name: 'file.txt', contentType: 'text/plain' })

const page = (number: number): PdfLine[] => [
  [770, 9, 'Acme Handbook'],
  [700, 20, ['Refunds', 'Shipping', 'Contact', 'Legal'][number - 1] ?? ''],
  [670, 12, `Number ${number}: refunds are paid within fourteen days of the return. We`],
  [655, 12, 'pay to the card that was used for the order, inter-'],
  [640, 12, 'nationally as well. Ask us if it takes longer than that, please.'],
  [600, 12, `- ${number} of a list of`],
  [585, 12, ['- pens', '- ink', '- paper'][number - 1] ?? ''],
  [30, 9, `Page ${number} of 4`],
]
const text = (number: number): string =>
  `Number ${number}: refunds are paid within fourteen days of the return. We pay to the card that was used for the order, ` +
  'internationally as well. Ask us if it takes longer than that, please.\n\n' +
  `- ${number} of a list of\n${['- pens', '- ink', '- paper'][number - 1]}`

test('one page: title, lines joined to paragraphs, headings by size', async () => {
  expect(await read(pdf([page(1).slice(1, 7)], { info: 'Microsoft Word - Guide.docx' }))).toEqual({
    title: 'Guide',
    format: 'markdown',
    content: `### Refunds\n\n${text(1)}`,
    notes: [],
  })
})

test('more pages: a heading each, running titles and page numbers left out', async () => {
  const { content, title } = await read(pdf([page(1), page(2), page(3)]))
  expect(title).toBe('file')
  expect(content).toBe(
    `## Page 1\n\n### Refunds\n\n${text(1)}\n\n## Page 2\n\n### Shipping\n\n${text(2)}\n\n## Page 3\n\n### Contact\n\n${text(3)}`,
  )
})

test('a sentence stays with the page it began on, a heading goes on', async () => {
  const first: PdfLine[] = [
    [700, 20, 'Refunds'],
    [670, 12, 'The sentence of this page goes on and'],
  ]
  const second: PdfLine[] = [
    [700, 12, 'ends here. Another one follows, which is longer than'],
    [685, 12, 'the first.'],
    [600, 12, 'Last one of all the lines in this file.'],
  ]
  const { content } = await read(pdf([first, second]))
  expect(content).toBe(
    '## Page 1\n\n### Refunds\n\nThe sentence of this page goes on and ends here.\n\n' +
      '## Page 2\n\n### Refunds\n\nAnother one follows, which is longer than the first.\n\nLast one of all the lines in this file.',
  )
})

test('scanned, empty and encrypted files', async () => {
  const image = 'q 100 0 0 100 0 0 cm /Im0 Do Q\n% /Subtype /Image'
  expect(await outcome(pdf([image]), 'a.pdf')).toBe('SCANNED_PDF')
  expect(await outcome(pdf([[]]), 'a.pdf')).toBe('EMPTY')
  const { notes } = await read(pdf([page(1), image]))
  expect(notes).toEqual(['1 of 2 pages hold no text; they may be scanned.'])
  const password = `/Encrypt << /Filter /Standard /V 1 /R 2 /O (${'a'.repeat(32)}) /U (${'b'.repeat(32)}) /P -4 >>`
  const ids = '/ID [(aaaaaaaaaaaaaaaa) (aaaaaaaaaaaaaaaa)]'
  expect(await outcome(pdf([page(1)], { trailer: `${password} ${ids}` }), 'a.pdf')).toBe('ENCRYPTED')
  expect(await outcome(pdf([page(1)], { trailer: '/Encrypt << /Filter /Unknown >>' }), 'a.pdf')).toBe('ENCRYPTED')
})

test('cut and damaged files', async () => {
  const file = pdf([page(1), page(2)])
  for (const share of [0.01, 0.1, 0.5, 0.9, 0.99]) {
    expect(['ok', 'MALFORMED']).toContain(await outcome(file.slice(0, Math.floor(file.length * share)), 'a.pdf'))
  }
  expect(await outcome(file.slice(0, 200), 'a.pdf')).toBe('MALFORMED')
  expect(await outcome(latin1('%PDF-1.7\nnothing'), 'a.txt')).toBe('MALFORMED')
})

/** A file whose only page is drawn by `packed`, with any dictionary. */
function packedPage(packed: Uint8Array, dictionary: string): Uint8Array {
  const head =
    '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n' +
    '3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>\nendobj\n' +
    `4 0 obj\n<< ${dictionary} >>\nstream\n`
  const tail = '\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF'
  return Uint8Array.from([...latin1(head), ...packed, ...latin1(tail)])
}

test('a stream that inflates without measure is refused before it is read', async () => {
  const bomb = zlibSync(new Uint8Array(60 * 1024 * 1024).fill(32), { level: 6 })
  const small = zlibSync(new Uint8Array(1024 * 1024).fill(32))
  const length = `/Length ${bomb.length}`
  expect(await outcome(packedPage(bomb, `${length} /Filter /FlateDecode`), 'a.pdf')).toBe('TOO_LARGE')
  expect(await outcome(packedPage(bomb, `${length} /Filter /Fl#61teDecode /Subtype /Image`), 'a.pdf')).toBe('TOO_LARGE')
  expect(await outcome(packedPage(bomb, '/Length 9 0 R /Filter /FlateDecode'), 'a.pdf')).toBe('TOO_LARGE')
  expect(await outcome(packedPage(zlibSync(bomb), '/Length 60000 /Filter [/FlateDecode /FlateDecode]'), 'a.pdf')).toBe(
    'TOO_LARGE',
  )
  expect(await outcome(packedPage(small, `/Length ${small.length} /Filter /FlateDecode`), 'a.pdf')).toBe('EMPTY')
})

test('a million streams in one file are refused', async () => {
  const file = latin1(`%PDF-1.7\n${'stream '.repeat(1_000_000)}`)
  expect(await outcome(file, 'a.pdf')).toBe('TOO_MANY_PARTS')
})
