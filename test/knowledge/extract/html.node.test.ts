import { expect, test } from 'vitest'
import { readHtml } from '../../../src/knowledge/extract/html.ts'
import { latin1, outcome, utf16, utf8 } from './samples.ts'

const markdown = async (html: string): Promise<string> => (await readHtml(utf8(html))).markdown

test('headings, paragraphs, lists, tables, code and line breaks become Markdown', async () => {
  const html = `<h1>Refunds <small>2026</small></h1><p>We <b>pay</b>
    within <a href="/days">14 days</a>.<br>Always.</p>
    <ol><li>Send it<ul><li>in a box</li></ul></li><li><p>Wait</p></li></ol>
    <table><thead><tr><th>Plan</th><th>Price</th></tr></thead><tr><td>Pro|Max</td><td>5<br>EUR</td></tr></table>
    <pre><code>a  &lt; b
  c</code></pre><h7>x</h7>`
  expect(await markdown(html)).toBe(
    '# Refunds 2026\n\nWe pay within 14 days.\nAlways.\n\n1. Send it\n  - in a box\n2. Wait\n\n' +
      '| Plan | Price |\n| --- | --- |\n| Pro\\|Max | 5 EUR |\n\n```\na  < b\n  c\n```\n\nx',
  )
})

test('what is no content is left out, also when it is hidden', async () => {
  const html = `<head><title>T</title><style>p{}</style><script>if (a<b) "</p>"</script></head><nav>menu</nav>
    <p>one</p><aside>ad</aside><form><p>search</p></form><svg><title>icon</title><path/></svg>two
    <template><p>tpl</p></template><p hidden>secret</p><div style="color:red; DISPLAY : none">secret<div>secret</div></div>
    <span aria-hidden="true">secret<span>secret</span></span><noscript>js</noscript><!-- secret --><p hidden="until-found">three</p>
    <div role="navigation">menu</div><footer>foot</footer>`
  expect(await markdown(html)).toBe('one\n\ntwo\n\nthree')
})

test('the main part is preferred, then articles, and a form around the whole page is no form', async () => {
  expect(await markdown('<div>cookie banner of many words</div><main><p>the text</p></main>')).toBe('the text')
  expect(await markdown('<div>side</div><div role=main><p>the text</div><p>after</p>')).toBe('the text')
  expect(await markdown('<p>x</p><article><p>long text of an article</p></article>')).toBe('long text of an article')
  expect(await markdown('<p>long introduction to a list of posts</p><article>one</article>')).toContain(
    'long introduction',
  )
  expect(await markdown('<form><h1>Page</h1><p>all is in a form</p><input value=x></form>')).toBe(
    '# Page\n\nall is in a form',
  )
  expect(await markdown('<nav>never closed <main>the text</main>')).toBe('the text')
})

test('entities are decoded once, with and without semicolon, by name and by number', async () => {
  const html =
    '<p>&amp;lt; &lt;b&gt; &euro;5 &nbsp;caf&eacute; &#8211; &#x41;&#150; &copy 2026 &unknown; &#0;&#xD800;&#9999999999; AT&T'
  expect(await markdown(html)).toBe('&lt; <b> €5 café – A– © 2026 &unknown; ��� AT&T')
})

test('tags that were left out or closed in any order', async () => {
  expect(await markdown('<ul><li>a<li>b<b>x</ul>z<p>c<p>d<div>e')).toBe('- a\n- bx\n\nz\n\nc\n\nd\n\ne')
  expect(await markdown('<table><tr><td>a<td>b<tr><td>c<td>d</div></table>x')).toBe('| a | b |\n| c | d |\n\nx')
  expect(await markdown('</p></div>text<b><i>x</b>y</i><h2>open<p>text')).toBe('textxy\n\n## open\n\ntext')
  expect(await markdown('a < b <c and 1<2')).toBe('a < b')
})

test('tables that lay out a page are no tables', async () => {
  const html = '<table><tr><td>menu<td><h1>Head</h1><p>text<table><tr><td>i<td>j</table></table>'
  expect(await markdown(html)).toBe('menu\n\n# Head\n\ntext\n\n| i | j |')
  const long = 'word '.repeat(300).trim()
  expect(await markdown(`<table><tr><td><p>${long}</p><p>two</p></td><td>x</td></tr></table>`)).toBe(
    `${long}\n\ntwo\n\nx`,
  )
})

test('text cannot open a heading or a fence by itself', async () => {
  expect(await markdown('<p># no</p><p>```</p><p>text</p><pre>```\nx</pre>')).toBe(
    '\\# no\n\n\\```\n\ntext\n\n````\n```\nx\n````',
  )
})

test('what a crawler asks for', async () => {
  const page = await readHtml(
    utf8(`<html lang="de-CH"><head><title> Hilfe
      &amp; FAQ </title><base href="/de/"><link rel="alternate canonical" href="https://x.test/a?b=1&amp;c=2">
      <meta name=ROBOTS content="noindex, NOFOLLOW"></head><nav><a href="a.html">A</a></nav><a href=" b?x=1&amp;y=2&copy=3 ">B</a>
      <a href="a.html">again</a><a href="#top">top</a><a rel="nofollow noopener" href="login">L</a><area href=c><a>no</a>`),
  )
  expect(page).toMatchObject({
    title: 'Hilfe & FAQ',
    links: ['a.html', 'b?x=1&y=2&copy=3', 'c'],
    base: '/de/',
    canonical: 'https://x.test/a?b=1&c=2',
    noindex: true,
    nofollow: true,
    lang: 'de-CH',
  })
  const plain = await readHtml(utf8('<h1>Only a heading</h1>'))
  expect(plain).toMatchObject({ title: 'Only a heading', links: [], noindex: false, nofollow: false })
  expect(plain).not.toHaveProperty('canonical')
})

test('charset: byte order mark, header, meta, UTF-8, windows-1252', async () => {
  const latin = latin1('<p>caf\u00e9 \u0080')
  expect((await readHtml(latin)).markdown).toBe('café €')
  expect((await readHtml(latin, 'utf-8')).markdown).toBe('café €')
  expect((await readHtml(utf8('<p>café'), 'iso-8859-1')).markdown).toBe('café')
  const cyrillic = Uint8Array.from([...utf8('<meta charset=windows-1251><p>'), 0xcf, 0xf0, 0xe8])
  expect((await readHtml(cyrillic)).markdown).toBe('При')
  expect((await readHtml(cyrillic, 'koi8-r')).markdown).toBe('оПХ')
  const wide = utf16('\ufeff<p>café €')
  expect((await readHtml(wide, 'utf-8')).markdown).toBe('café €')
  const japanese = Uint8Array.from([
    ...utf8('<meta http-equiv=x content="text/html; charset=Shift_JIS"><p>'),
    0x93,
    0xfa,
    0x96,
    0x7b,
  ])
  expect((await readHtml(japanese)).markdown).toBe('日本')
})

test('a response gives its headers, too', async () => {
  const response = new Response(Uint8Array.from([60, 112, 62, 0xe9]), {
    headers: { 'content-type': 'text/html; charset="windows-1252"', 'x-robots-tag': 'googlebot: none' },
  })
  expect(await readHtml(response)).toMatchObject({ markdown: 'é', noindex: true, nofollow: true })
})

test('invisible characters that only a model would read are removed', async () => {
  expect(await markdown('<p>a\u200bb\u{e0041}\u{e0042}c\u202ed&shy;e\u0000f</p>')).toBe('abcdef')
})

const HOSTILE: Record<string, (size: number) => string> = {
  'one line': (size) => 'word '.repeat(size / 5),
  'nested divs': (size) => '<div>'.repeat(size / 5),
  'nested and closed': (size) => '<div>'.repeat(size / 11) + '</div>'.repeat(size / 11),
  'closed without being open': (size) => '<div>'.repeat(size / 17) + '</p></span>'.repeat(size / 17),
  'unclosed list items': (size) => '<li>x'.repeat(size / 5),
  'nested lists': (size) => '<ul><li>x'.repeat(size / 9),
  'nested tables': (size) => '<table><tr><td>x'.repeat(size / 16),
  'nested tables with headings': (size) => '<table><tr><td>x<h1>'.repeat(size / 20),
  'unclosed comment': (size) => `<!--${'x'.repeat(size)}`,
  'comment starts': (size) => '<!--'.repeat(size / 4),
  'less-than signs': (size) => '<'.repeat(size),
  'unclosed quotes': (size) => '<a b="'.repeat(size / 6),
  'one tag of attributes': (size) => `<a ${Array.from({ length: size / 7 }, (_, at) => `a${at}`).join(' ')}>x`,
  'unclosed scripts': (size) => '<script></script'.repeat(size / 16),
  ampersands: (size) => '&'.repeat(size),
  'long references': (size) => `&${'a'.repeat(38)}`.repeat(size / 39),
  'white space': (size) => `a${' '.repeat(size)}b`,
  'line breaks': (size) => 'a<br>'.repeat(size / 5),
  'style of spaces': (size) => `<p style="${' '.repeat(size)}">x`,
}

const SIZE = 1_500_000

const time = async (html: string): Promise<number> => {
  const bytes = utf8(html)
  const start = performance.now()
  await readHtml(bytes)
  return performance.now() - start
}

test('hostile pages cost no more than thirty ordinary ones of their size', async () => {
  const ordinary = '<div class="a"><p>Some <b>words</b> &amp; <a href="/b">more</a> of them.</p></div>\n'
  const page = ordinary.repeat(SIZE / ordinary.length)
  const usual = Math.max(await time(page), await time(page))
  const slow: string[] = []
  for (const [name, make] of Object.entries(HOSTILE)) {
    const spent = await time(make(SIZE))
    // Quadratic time would be thousands of times as long.
    if (spent > 30 * usual) slow.push(`${name}: ${Math.round(spent)} ms, usual is ${Math.round(usual)} ms`)
  }
  expect(slow).toEqual([])
})

test.for(Object.entries(HOSTILE))('hostile: %s ends in a page or a refusal', async ([, make]) => {
  expect(['ok', 'EMPTY']).toContain(await outcome(utf8(make(100_000)), 'page.html', 'text/html'))
})
