import { expect, test } from 'vitest'
import { extract, docxParts, latin1, outcome, utf16, utf8, wp, xlsxParts, zip } from './samples.ts'

const docx = (body: string, more?: Record<string, string>) =>
  extract(zip(docxParts(body, more)), { name: 'my_file.docx' })
const style = (id: string): string => `<w:pStyle w:val="${id}"/>`
const list = (level: number): string => `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="3"/></w:numPr>`
const cell = (text: string): string => `<w:tc>${wp(text)}</w:tc>`

test('docx: title, headings by style (translated, based on another, in a circle), lists, tables, text', async () => {
  const body =
    wp('Handbook', style('Title')) +
    wp('Über uns', style('berschrift1')) +
    wp('Deeper', style('Own')) +
    wp('one', list(0)) +
    wp('inner', list(1)) +
    wp('two &amp; &#x41;', list(0)) +
    `<w:tbl><w:tr>${cell('Plan')}${cell('Price')}</w:tr><w:tr>${cell('Pro')}${cell('5|6')}</w:tr></w:tbl>` +
    '<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>'
  expect(await docx(body)).toEqual({
    title: 'Handbook',
    format: 'markdown',
    content:
      '# Handbook\n\n# Über uns\n\n## Deeper\n\n1. one\n  - inner\n2. two & A\n\n' +
      '| Plan | Price |\n| --- | --- |\n| Pro | 5\\|6 |\n\na b\nc-d',
    notes: [],
  })
})

test('docx: deleted, hidden and generated text is left out; footnotes come last', async () => {
  const body =
    `<w:del>${wp('deleted')}</w:del><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>` +
    wp('Contents 1', style('TOC1')) +
    '<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>1</w:t></w:r></w:p>' +
    `<mc:AlternateContent><mc:Choice>${wp('box')}</mc:Choice><mc:Fallback>${wp('box')}</mc:Fallback></mc:AlternateContent>`
  const more = { 'word/footnotes.xml': `<w:footnotes>${wp('a note')}</w:footnotes>` }
  expect((await docx(body, more)).content).toBe('seen\n\n1\n\nbox\n\na note')
})

test('docx: other prefixes, UTF-16, title of the properties, title of the file', async () => {
  const other = docxParts('')
  other['word/document.xml'] =
    '<ns0:document><ns0:body><ns0:p><ns0:r><ns0:t>text</ns0:t></ns0:r></ns0:p></ns0:body></ns0:document>'
  other['docProps/core.xml'] = '<cp:coreProperties><dc:title>Of the file</dc:title></cp:coreProperties>'
  expect(await extract(zip(other), { name: 'x' })).toMatchObject({ title: 'Of the file', content: 'text' })
  const wide = utf16(`\ufeff${wp('wide ä')}`)
  const file = zip({ ...docxParts(''), 'word/document.xml': wide })
  expect(await extract(file, { name: 'C:\\docs\\my_file.docx' })).toMatchObject({ title: 'my file', content: 'wide ä' })
})

const inline = (at: string, text: string): string => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`

test('xlsx: sheets are headings, each row makes sense alone, dates and shares are as people read them', async () => {
  const prices =
    `<row>${inline('A1', 'Price list')}</row>` +
    '<row><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" t="str"><v>Since</v></c></row>' +
    '<row><c r="A3" t="s"><v>2</v></c><c r="B3" s="4"><v>0.30000000000000004</v></c><c r="C3"><v>7</v></c><c r="D3" s="1"><v>45931</v></c></row>' +
    '<row><c r="A4" t="b"><v>1</v></c><c r="B4" s="3"><v>0.155</v></c><c r="D4" s="2"><f>NOW()</f><v>45931.604166666664</v></c></row>' +
    '<row><c r="A5" t="e"><v>#N/A</v></c></row>'
  const strings =
    '<sst><si><t>Name</t></si><si><r><t>Pri</t></r><r><t>ce</t></r></si><si><t>A &amp; B</t><rPh><t>x</t></rPh></si></sst>'
  const sheets = { Prices: prices, Secret: `<row>${inline('A1', 'secret')}</row>`, Empty: '' }
  const file = zip(xlsxParts(sheets, { 'xl/sharedStrings.xml': strings }))
  expect(await extract(file, { name: 'prices.xlsx' })).toEqual({
    title: 'prices',
    format: 'markdown',
    content:
      '## Prices\n\nPrice list\n\nName: A & B; Price: 0.3; 7; Since: 2025-10-01\n\n' +
      'Name: yes; Price: 15.5%; Since: 2025-10-01 14:30',
    notes: ['The sheet "Secret" is hidden and was left out.'],
  })
})

test('xlsx: only 50,000 rows and a million characters', async () => {
  const many = `<row>${inline('A1', 'N')}${inline('B1', 'M')}</row>${Array.from({ length: 50_001 }, (_, at) => `<row><c><v>${at}</v></c><c><v>${at % 7}</v></c></row>`).join('')}`
  const { content, notes } = await extract(zip(xlsxParts({ A: many })), { name: 'a.xlsx' })
  expect(content.split('\n\n')).toHaveLength(50_001)
  expect(notes).toEqual(['Only the first 50,000 rows of the sheet "A" were kept.'])
})

test('other zip files and old Office files are not read', async () => {
  expect(await outcome(zip({ 'a.txt': 'x', 'b.docx': zip(docxParts(wp('nested'))) }), 'a.docx')).toBe(
    'UNSUPPORTED_FORMAT',
  )
  expect(await outcome(zip({}), 'a.docx')).toBe('UNSUPPORTED_FORMAT')
  const slides = docxParts('')
  slides['_rels/.rels'] = (slides['_rels/.rels'] ?? '').replace('word/document.xml', 'ppt/presentation.xml')
  expect(await outcome(zip({ ...slides, 'ppt/presentation.xml': '<p/>' }), 'a.pptx')).toBe('UNSUPPORTED_FORMAT')
  const ole = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...new Uint8Array(600)])
  expect(await outcome(ole, 'a.doc')).toBe('UNSUPPORTED_FORMAT')
  const word = latin1('EncryptedPackage')
  for (const [at, byte] of word.entries()) ole[512 + 2 * at] = byte
  expect(await outcome(ole, 'a.docx')).toBe('ENCRYPTED')
})

test('XML bombs: a DOCTYPE is refused, unknown entities stay as they are', async () => {
  const laughs =
    '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;">]>' +
    `<w:document>${wp('&lol3;')}</w:document>`
  expect(await outcome(zip({ ...docxParts(''), 'word/document.xml': laughs }), 'a.docx')).toBe('MALFORMED')
  expect((await docx(wp('&lol3; &#65;'))).content).toBe('&lol3; A')
  const deep = '<w:p>'.repeat(200_000) + wp('deep')
  expect(await outcome(zip(docxParts(deep)), 'a.docx')).toBe('MALFORMED')
  const tag = `<w:p w:x="${Array.from({ length: 300_000 }, (_, at) => at.toString(36)).join(' ')}`
  expect(await outcome(zip(docxParts(tag)), 'a.docx')).toBe('MALFORMED')
})

test('parts that are damaged, cut or stand elsewhere', async () => {
  const file = zip(docxParts(wp('text '.repeat(2000))))
  expect(await outcome(file, 'a.docx')).toBe('ok')
  for (const share of [0.2, 0.5, 0.9, 0.99]) {
    expect(await outcome(file.slice(0, Math.floor(file.length * share)), 'a.docx')).toBe('MALFORMED')
  }
  expect(await outcome(zip(docxParts('')), 'a.docx')).toBe('EMPTY')
  const open = zip({ ...docxParts(''), 'word/document.xml': `${wp('text')}<w:p><w:r><w:t>cut` })
  expect((await extract(open, { name: 'a.docx' })).content).toBe('text')
  expect(await outcome(utf8('PK\u0003\u0004 and nothing'), 'a.docx')).toBe('MALFORMED')
})
