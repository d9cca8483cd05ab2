import { expect, test } from 'vitest'
import { extract, latin1, outcome, utf16, utf8 } from './samples.ts'

const read = (text: string, name: string, contentType?: string) => extract(utf8(text), { name, contentType })

test('the first bytes decide, then the content type, then the name', async () => {
  const html = '\ufeff <!-- x --><!DOCTYPE html><title>T</title><h1>A</h1>'
  expect(await read(html, 'a.txt', 'text/plain')).toMatchObject({ title: 'T', format: 'markdown', content: '# A' })
  expect(await read('<p>x', 'a.txt', 'text/html; charset=utf-8')).toMatchObject({ format: 'markdown', content: 'x' })
  expect(await read('<p>x', 'a.txt', 'text/plain')).toMatchObject({ format: 'text', content: '<p>x' })
  expect(await read('a,b\n1,2', 'a.bin', 'text/csv')).toMatchObject({ content: 'a: 1; b: 2' })
  expect(await read('# x', 'A.MD', 'application/octet-stream')).toMatchObject({ title: 'x', format: 'markdown' })
  expect(await read('# x', 'a.md', 'text/plain')).toMatchObject({ format: 'markdown' })
  expect(await outcome(utf8('{\\rtf1 text}'), 'a.rtf')).toBe('UNSUPPORTED_FORMAT')
  expect(await outcome(Uint8Array.from([0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13]), 'a.txt')).toBe(
    'UNSUPPORTED_FORMAT',
  )
  expect(await outcome(utf8('<svg/>'), 'a.svg', 'image/svg+xml')).toBe('UNSUPPORTED_FORMAT')
})

test('text: charsets, line ends, title of the name', async () => {
  const result = { title: 'café', format: 'text', content: 'café\nzwei', notes: [] }
  const little = utf16('café\r\nzwei')
  const big = little.map((_, at) => little[at ^ 1] ?? 0)
  const files = [utf8('\ufeffcafé\r\nzwei'), latin1('caf\u00e9\rzwei'), little, big, utf16('\ufeffcafé\r\nzwei')]
  for (const file of files) expect(await extract(file, { name: 'x/café.txt' })).toEqual(result)
  // Cut in the middle of a letter: still UTF-8.
  expect((await extract(utf8('Grüße aus Köln é').slice(0, -1), { name: 'a' })).content).toBe('Grüße aus Köln \ufffd')
})

test('text in a charset that nobody named is refused, named it is read', async () => {
  const russian = Uint8Array.from(Array.from({ length: 60 }, (_, at) => (at % 6 === 5 ? 32 : 0xe0 + (at % 31))))
  expect(await outcome(russian, 'a.txt')).toBe('WRONG_CHARSET')
  expect(await outcome(russian, 'a.txt', 'text/plain; charset=windows-1251')).toBe('ok')
  expect(await outcome(russian, 'a.csv', 'text/csv; charset=nonsense')).toBe('WRONG_CHARSET')
})

test('Markdown: front matter gives the title and is left out', async () => {
  expect(await read('---\ntitle: "My: page" # x\ntags: [a]\n---\n\n# H\ntext', 'a.md')).toMatchObject({
    title: 'My: page',
    content: '# H\ntext',
  })
  expect(await read("+++\ntitle = 'Toml'\n+++\ntext", 'a.md')).toMatchObject({ title: 'Toml', content: 'text' })
  expect(await read('---\n\nNo front: matter\n\n---\ntext', 'a_b.md')).toMatchObject({ title: 'a b' })
  expect(await read('text\n\nHead\n====\n\n# Second', 'a.md')).toMatchObject({ title: 'Head' })
  expect((await read(`---\n${'a: b\n'.repeat(100_000)}`, 'a.md')).content).toContain('---\na: b')
})

test('CSV: delimiters, quotes, header, rows that make sense alone', async () => {
  expect((await read('Name;Age;Note\r\nBob;3;"a;b ""q""\r\nx"\r\n\r\nEve;;\r\n', 'a.csv')).content).toBe(
    'Name: Bob; Age: 3; Note: a;b "q" x\n\nName: Eve',
  )
  expect((await read('a\tb\n1\t2\n', 'a.tsv')).content).toBe('a: 1; b: 2')
  expect((await read('sep=|\na|b\n1,5|2\n', 'a.csv')).content).toBe('a: 1,5; b: 2')
  expect((await read('1,2\n3,4\n', 'a.csv')).content).toBe('1; 2\n\n3; 4')
  expect((await read('List of prices,,\nItem,Price,\nPen,2,extra\n', 'a.csv')).content).toBe(
    'List of prices\n\nItem: Pen; Price: 2; extra',
  )
  expect((await read('only\nlines\n', 'a.csv')).content).toBe('only\n\nlines')
  expect((await read('Name,Age\n', 'a.csv')).content).toBe('Name; Age')
  expect((await read('Name,Name\nx,y\n', 'a.csv')).content).toBe('Name; Name\n\nx; y')
})

test('CSV: 50,000 rows, rows across the pieces that are parsed at once, quotes that never close', async () => {
  const rows = Array.from({ length: 50_002 }, (_, at) => `${at},"\ny"`)
  const { content, notes } = await read(`N,T\n${rows.join('\n')}`, 'a.csv')
  const lines = content.split('\n\n')
  expect(lines).toHaveLength(50_000)
  expect(lines.every((line, at) => line === `N: ${at}; T: y`)).toBe(true)
  expect(notes).toHaveLength(1)
  expect(await outcome(utf8(`a,b\n"${'x,\n'.repeat(100_000)}`), 'a.csv')).toBe('ok')
  expect(await outcome(utf8(`a,b\n"${'x,\n'.repeat(4_000_000)}`), 'a.csv')).toBe('MALFORMED')
  expect(await outcome(utf8(','.repeat(5_000_000)), 'a.csv')).toBe('MALFORMED')
  expect(await outcome(utf8('\n'.repeat(5_000_000)), 'a.csv')).toBe('EMPTY')
  expect(await outcome(utf8('",'.repeat(400_000)), 'a.csv')).toBe('MALFORMED')
})

test('long texts are cut at the end of a paragraph, and a note says so', async () => {
  const { content, notes } = await read(`${'word '.repeat(199)}word.\n\n`.repeat(1100), 'a.txt')
  expect(content.length).toBeLessThanOrEqual(1_000_000)
  expect(content.length).toBeGreaterThan(980_000)
  expect(content).toMatch(/word\.$/)
  expect(notes).toEqual(['The text is longer than 1,000,000 characters; only the beginning was kept.'])
  const emoji = await read('😀'.repeat(600_000), 'a.txt')
  expect(emoji.content.isWellFormed()).toBe(true)
  expect((await read(`<!doctype html>${'<p>word'.repeat(400_000)}`, 'a')).notes).toHaveLength(1)
})

test('empty and too large', async () => {
  expect(await outcome(new Uint8Array(), 'a.txt')).toBe('EMPTY')
  expect(await outcome(utf8(' \n\u200b\t'), 'a.txt')).toBe('EMPTY')
  expect(await outcome(utf8('<!doctype html><script>x</script>'), 'a.html')).toBe('EMPTY')
  expect(await outcome(new Uint8Array(25 * 1024 * 1024 + 1), 'a.txt')).toBe('TOO_LARGE')
  expect((await read('x', '')).title).toBe('Document')
  expect((await read('x', `${'n'.repeat(400)}.txt`)).title).toHaveLength(300)
})
