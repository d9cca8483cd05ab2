// The same code on workerd: its TextDecoder, Response and memory, and the PDF reader, which must do without Node.
import { expect, test } from 'vitest'
import { readHtml } from '../../../src/knowledge/extract/html.ts'
import { extract, docxParts, latin1, outcome, pdf, utf16, utf8, wp, xlsxParts, zip } from './samples.ts'

test('html, from bytes and from a response', async () => {
  const html =
    '<title>T</title><nav><a href=/a>A</a></nav><main><h1>Caf&eacute;</h1><ul><li>one<li>two</ul><table><tr><th>A<th>B<tr><td>1<td>2</table>'
  const markdown = '# Café\n\n- one\n- two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |'
  expect(await readHtml(utf8(html))).toMatchObject({ title: 'T', markdown, links: ['/a'] })
  const headers = { 'content-type': 'text/html; charset=utf-8', 'x-robots-tag': 'noindex' }
  expect(await readHtml(new Response(html, { headers }))).toMatchObject({ markdown, noindex: true })
})

test('a response of more than 25 MB is given up while it arrives', async () => {
  let sent = 0
  const body = new ReadableStream({
    pull(controller) {
      sent++
      controller.enqueue(new Uint8Array(1024 * 1024).fill(32))
    },
  })
  await expect(readHtml(new Response(body))).rejects.toMatchObject({ code: 'TOO_LARGE' })
  expect(sent).toBeLessThan(40)
})

const page = (charset: string, ...bytes: number[]): Uint8Array =>
  Uint8Array.from([...latin1(`<meta charset=${charset}><p>`), ...bytes])

test('charsets that workerd must know', async () => {
  expect((await readHtml(page('windows-1251', 0xcf, 0xf0, 0xe8))).markdown).toBe('При')
  expect((await readHtml(page('shift_jis', 0x93, 0xfa, 0x96, 0x7b))).markdown).toBe('日本')
  expect((await readHtml(page('gb2312', 0xd6, 0xd0))).markdown).toBe('中')
  expect((await readHtml(page('euc-kr', 0xc7, 0xd1))).markdown).toBe('한')
  expect((await readHtml(page('iso-8859-2', 0xb3))).markdown).toBe('ł')
  expect((await readHtml(latin1('<p>caf\u00e9 \u0080'))).markdown).toBe('café €')
  expect((await extract(utf16('\ufeffcafé'), { name: 'a' })).content).toBe('café')
})

test('pdf, docx, xlsx, csv', async () => {
  const file = pdf([[[700, 12, 'Refunds take 14 days.']], [[700, 12, 'Second page.']]], { info: 'Guide' })
  expect(await extract(file, { name: 'a.txt' })).toEqual({
    title: 'Guide',
    format: 'markdown',
    content: '## Page 1\n\nRefunds take 14 days.\n\n## Page 2\n\nSecond page.',
    notes: [],
  })
  // What was handed over is still whole, and a second file is read by the same instance.
  expect(file.length).toBeGreaterThan(500)
  expect(await outcome(file, 'a.pdf')).toBe('ok')
  expect(await outcome(pdf(['% /Subtype /Image']), 'a.pdf')).toBe('SCANNED_PDF')
  expect(await outcome(file.slice(0, 300), 'a.pdf')).toBe('MALFORMED')
  const key = `/Encrypt << /Filter /Standard /V 1 /R 2 /O (${'a'.repeat(32)}) /U (${'b'.repeat(32)}) /P -4 >>`
  expect(await outcome(pdf([[]], { trailer: `${key} /ID [(aaaaaaaaaaaaaaaa) (aaaaaaaaaaaaaaaa)]` }), 'a')).toBe(
    'ENCRYPTED',
  )
  expect((await extract(zip(docxParts(wp('text'))), { name: 'a' })).content).toBe('text')
  const row =
    '<row><c t="str"><v>Name</v></c><c t="str"><v>Day</v></c></row><row><c t="str"><v>x</v></c><c s="1"><v>45931</v></c></row>'
  expect((await extract(zip(xlsxParts({ S: row })), { name: 'a' })).content).toBe('## S\n\nName: x; Day: 2025-10-01')
  expect((await extract(utf8('a;b\n1;2'), { name: 'a.csv' })).content).toBe('a: 1; b: 2')
})

test('hostile files end in a refusal or a text', async () => {
  const bomb = zip(docxParts(wp(' '.repeat(60 * 1024 * 1024))))
  expect(await outcome(bomb, 'a.docx')).toBe('TOO_LARGE')
  expect(await outcome(utf8('word '.repeat(1_000_000)), 'a.html', 'text/html')).toBe('ok')
  expect(await outcome(utf8('<div>'.repeat(100_000)), 'a.html', 'text/html')).toBe('EMPTY')
  expect(await outcome(utf8(`${'<div>'.repeat(100_000)}x${'</div>'.repeat(100_000)}`), 'a.html', 'text/html')).toBe(
    'ok',
  )
  expect(await outcome(utf8('<p>x</p>'.repeat(300_000)), 'a.html', 'text/html')).toBe('ok')
  expect(await outcome(utf8('<li>x'.repeat(200_000)), 'a.html', 'text/html')).toBe('ok')
})

test('files of the largest size fit into the memory of a Worker', async () => {
  const size = 25 * 1024 * 1024
  const line = utf8('Some words, and more; "quoted" <b>text</b> of a page é.\n')
  const bytes = new Uint8Array(size)
  for (let at = 0; at + line.length <= size; at += line.length) bytes.set(line, at)
  for (const name of ['a.txt', 'a.csv', 'a.html']) {
    const { content, notes } = await extract(bytes, { name })
    expect(content.length).toBeGreaterThan(900_000)
    expect(notes).toHaveLength(1)
  }
})
