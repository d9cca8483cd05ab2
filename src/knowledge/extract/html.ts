import { byteOrderMark, charsetOf, decoderLabel, decodeText } from './charset.ts'
import { ExtractError, limit, MAX_INPUT, tidyTitle } from './extracted.ts'
import { ARTICLE, FORM, MAIN, PageReader, type PlacedBlock } from './html-page.ts'
import { writeBlocks } from './markdown.ts'
import { type Attributes, readHtmlMarkup } from './markup.ts'

export interface HtmlPage {
  /** Of the page, else of its first heading; empty when it has neither. */
  title: string
  /** At most a million characters. */
  markdown: string
  wasCut: boolean
  /** Values of `href` in their order, once each, as they stand (relative to `base` when given); no `rel=nofollow`. */
  links: string[]
  /** `<base href>`: what `links` and `canonical` are relative to. */
  base?: string
  canonical?: string
  noindex: boolean
  nofollow: boolean
  lang?: string
}

const MAX_LINKS = 10_000
const META_CHARSET = /<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})/i

/**
 * Reads a web page: its main part as Markdown, and what a crawler asks for. Navigation, footers, scripts and text that
 * people do not see are left out. Of a `Response` the headers count as well (charset, `X-Robots-Tag`); it is read whole.
 * @param charset As declared outside the page (header); a byte order mark is stronger, `meta` is weaker.
 * @throws ExtractError `TOO_LARGE` beyond 25 MB, `WRONG_CHARSET`.
 */
export async function readHtml(source: Uint8Array | Response, charset?: string): Promise<HtmlPage> {
  if (source instanceof Uint8Array) return readPage(source, charset, '')
  const bytes = await readBytes(source)
  const declared = charset ?? charsetOf(source.headers.get('content-type'))
  return readPage(bytes, declared, source.headers.get('x-robots-tag') ?? '')
}

function readPage(bytes: Uint8Array, charset: string | undefined, robotsHeader: string): HtmlPage {
  if (bytes.length > MAX_INPUT) throw new ExtractError('TOO_LARGE')
  const page = new PageReader()
  const head = new HeadReader()
  for (const token of readHtmlMarkup(decodeText(bytes, charset ?? metaCharset(bytes)))) {
    if (token.kind === 'text') page.text(token.text)
    else if (token.kind === 'close') page.close(token.name)
    else {
      head.open(token.name, token.attributes)
      page.open(token.name, token.attributes, token.selfClosing)
    }
    if (page.isFull) break
  }
  page.end()
  const robots = `${robotsHeader},${head.robots}`.toLowerCase().split(/[\s,:;]+/)
  const { content, wasCut } = limit(writeBlocks(chooseBlocks(page.blocks)))
  return {
    title: tidyTitle(page.title ?? '') || tidyTitle(head.ogTitle ?? '') || tidyTitle(page.firstHeading ?? ''),
    markdown: content,
    wasCut: wasCut || page.isFull,
    links: [...head.links],
    noindex: robots.includes('noindex') || robots.includes('none'),
    nofollow: robots.includes('nofollow') || robots.includes('none'),
    ...(head.base === undefined ? {} : { base: head.base }),
    ...(head.canonical === undefined ? {} : { canonical: head.canonical }),
    ...(head.lang === undefined ? {} : { lang: head.lang }),
  }
}

/** What a page says about itself, and where it leads. */
class HeadReader {
  readonly links = new Set<string>()
  base: string | undefined
  canonical: string | undefined
  lang: string | undefined
  ogTitle: string | undefined
  robots = ''

  open(name: string, attributes: Attributes): void {
    if (name === 'a' || name === 'area') this.#link(attributes)
    else if (name === 'meta') this.#meta(attributes)
    else if (name === 'html') this.lang ??= attributes.get('lang')?.trim().slice(0, 35) || undefined
    else if (name === 'base') this.base ??= address(attributes)
    else if (name === 'link' && relations(attributes).includes('canonical')) this.canonical ??= address(attributes)
  }

  #link(attributes: Attributes): void {
    const href = address(attributes)
    if (href === undefined || href.startsWith('#') || this.links.size >= MAX_LINKS) return
    if (!relations(attributes).includes('nofollow')) this.links.add(href)
  }

  #meta(attributes: Attributes): void {
    const content = attributes.get('content') ?? ''
    if (attributes.get('name')?.toLowerCase() === 'robots') this.robots += `,${content.slice(0, 400)}`
    if (attributes.get('property')?.toLowerCase() === 'og:title') this.ogTitle ??= content
  }
}

function address(attributes: Attributes): string | undefined {
  const href = attributes.get('href')?.trim()
  return href === undefined || href === '' || href.length > 2000 ? undefined : href
}

function relations(attributes: Attributes): string[] {
  return attributes.get('rel')?.toLowerCase().split(/\s+/) ?? []
}

/** Characters of text that make a part of the page its content. */
const ENOUGH = 100

/** The main part when the page names one, else its articles when they hold most of it, else all but the forms. */
function chooseBlocks(blocks: readonly PlacedBlock[]): readonly PlacedBlock[] {
  const outside = blocks.filter(({ place }) => (place & FORM) === 0)
  // Some systems put the whole page into one form.
  const open = size(outside) * 3 < size(blocks) ? blocks : outside
  const main = open.filter(({ place }) => (place & MAIN) !== 0)
  if (size(main) >= Math.min(ENOUGH, size(open) / 5) && main.length > 0) return main
  const articles = open.filter(({ place }) => (place & ARTICLE) !== 0)
  return articles.length > 0 && size(articles) * 2 >= size(open) ? articles : open
}

function size(blocks: readonly PlacedBlock[]): number {
  return blocks.reduce((sum, { text }) => sum + text.length, 0)
}

/** A page names its charset within the first 1,024 bytes; some are late. */
function metaCharset(bytes: Uint8Array): string | undefined {
  if (byteOrderMark(bytes) !== undefined) return undefined
  const head = new TextDecoder('windows-1252').decode(bytes.subarray(0, 4096))
  const label = META_CHARSET.exec(head)?.[1]
  return decoderLabel(label) === undefined ? undefined : label
}

async function readBytes(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > MAX_INPUT) throw new ExtractError('TOO_LARGE')
    pieces.push(piece)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
