import { decodeHtml, decodeXml } from './entities.ts'
import { ExtractError } from './extracted.ts'

export type Attributes = ReadonlyMap<string, string>

export type Markup =
  | { kind: 'open'; name: string; attributes: Attributes; selfClosing: boolean }
  | { kind: 'close'; name: string }
  | { kind: 'text'; text: string }

const NONE: Attributes = new Map()
const RAW_TEXT = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes'])
const DECODED = new Set(['textarea', 'title'])

/**
 * The tags and text of a page, as https://html.spec.whatwg.org/multipage/parsing.html cuts them (no tree is built).
 * Never throws; time is linear. `HTMLRewriter` is not used: a callback costs it 20 to 50 µs, and it gives up at
 * deep nesting, long comments and many unclosed tags ("memory limit has been exceeded").
 */
export function* readHtmlMarkup(source: string): Generator<Markup> {
  let at = 0
  let foreign = 0
  while (at < source.length) {
    const open = nextTag(source, at)
    yield* readHtmlText(source, at, open)
    if (open >= source.length) return
    const mark = source.charCodeAt(open + 1)
    if (mark === EXCLAMATION || mark === QUESTION || (mark === SLASH && !isLetter(source.charCodeAt(open + 2)))) {
      at = afterComment(source, open)
      continue
    }
    const tag = readTag(source, open, true)
    // A tag that never ends takes the rest with it, as in browsers.
    if (tag === undefined) return
    at = tag.end
    const name = tag.name.toLowerCase()
    if (mark === SLASH) {
      if (name === 'svg') foreign = Math.max(0, foreign - 1)
      yield { kind: 'close', name }
      continue
    }
    const selfClosing = tag.selfClosing && (foreign > 0 || name === 'svg' || name === 'math')
    if (name === 'svg' && !selfClosing) foreign++
    yield { kind: 'open', name, attributes: tag.attributes, selfClosing }
    if (selfClosing) continue
    if (name === 'plaintext') {
      yield { kind: 'text', text: source.slice(at) }
      return
    }
    if (!RAW_TEXT.has(name)) continue
    const end = closingTag(source, name, at)
    const text = source.slice(at, end)
    if (text !== '') yield { kind: 'text', text: DECODED.has(name) ? decodeHtml(text.slice(0, LONGEST_TEXT)) : text }
    at = end
  }
}

/** In pieces, so that nobody holds more of a page without tags than is wanted. */
function* readHtmlText(source: string, from: number, end: number): Generator<Markup> {
  for (let at = from; at < end;) {
    let next = Math.min(end, at + LONGEST_TEXT)
    const torn = next < end ? source.lastIndexOf('&', next) : -1
    if (torn > at && next - torn < LONGEST_REFERENCE) next = torn
    yield { kind: 'text', text: decodeHtml(source.slice(at, next)) }
    at = next
  }
}

const LONGEST_TEXT = 64 * 1024
/** Longest tag, comment or processing instruction of XML, so that a piece is not searched again and again. */
const LONGEST_XML = 1_000_000
/** Longest reference that must not be torn between two pieces. */
const LONGEST_REFERENCE = 40

/**
 * The tags and text of XML that arrives in pieces; names keep their prefix (`w:p`). Text may come in several parts.
 * @throws ExtractError `MALFORMED` for a DOCTYPE: Office files have none, and entities are how XML bombs are made.
 */
export function* readXmlMarkup(pieces: Iterable<string>): Generator<Markup> {
  let rest = ''
  for (const piece of pieces) {
    const source = rest + piece
    const done = yield* readXmlPart(source, false)
    rest = source.slice(done)
    if (rest.length > LONGEST_XML) throw new ExtractError('MALFORMED')
  }
  yield* readXmlPart(rest, true)
}

function* readXmlPart(source: string, last: boolean): Generator<Markup, number> {
  let at = 0
  while (at < source.length) {
    const found = source.indexOf('<', at)
    const open = found < 0 ? source.length : found
    if (open > at) {
      const torn = found < 0 && !last ? source.lastIndexOf('&') : -1
      const end = torn >= at && source.length - torn < LONGEST_REFERENCE ? torn : open
      if (end > at) yield { kind: 'text', text: decodeXml(source.slice(at, end)) }
      if (end < open) return end
    }
    if (found < 0) return source.length
    if (source.length - open < 9 && !last) return open
    const special = readXmlSpecial(source, open)
    if (special !== undefined) {
      if (special.end < 0) return open
      if (special.text !== '') yield { kind: 'text', text: special.text }
      at = special.end
      continue
    }
    const tag = readTag(source, open, false)
    if (tag === undefined) return open
    at = tag.end
    if (source.charCodeAt(open + 1) === SLASH) yield { kind: 'close', name: tag.name }
    else {
      yield { kind: 'open', name: tag.name, attributes: tag.attributes, selfClosing: tag.selfClosing }
      if (tag.selfClosing) yield { kind: 'close', name: tag.name }
    }
  }
  return source.length
}

function readXmlSpecial(source: string, open: number): { text: string; end: number } | undefined {
  const ends = (mark: string, from: number): number => {
    const end = source.indexOf(mark, from)
    return end < 0 ? -1 : end + mark.length
  }
  if (source.startsWith('<?', open)) return { text: '', end: ends('?>', open) }
  if (source.startsWith('<!--', open)) return { text: '', end: ends('-->', open + 4) }
  if (source.startsWith('<![CDATA[', open)) {
    const end = ends(']]>', open)
    return { text: end < 0 ? '' : source.slice(open + 9, end - 3), end }
  }
  if (source.startsWith('<!', open)) throw new ExtractError('MALFORMED')
  return undefined
}

/** Of one tag; more are read over. */
const MAX_ATTRIBUTES = 500

const EXCLAMATION = 33
const SLASH = 47
const EQUALS = 61
const GREATER = 62
const QUESTION = 63

/** Where the next tag or comment starts; a `<` before anything else is text. */
function nextTag(source: string, from: number): number {
  for (let at = source.indexOf('<', from); at >= 0; at = source.indexOf('<', at + 1)) {
    const next = source.charCodeAt(at + 1)
    if (isLetter(next) || next === EXCLAMATION || next === QUESTION) return at
    if (next === SLASH && at + 2 < source.length) return at
  }
  return source.length
}

function afterComment(source: string, open: number): number {
  if (!source.startsWith('<!--', open)) {
    const end = source.indexOf('>', open)
    return end < 0 ? source.length : end + 1
  }
  const empty = /^(?:>|->)/.exec(source.slice(open + 4, open + 6))
  if (empty !== null) return open + 4 + empty[0].length
  const end = source.indexOf('-->', open + 4)
  return end < 0 ? source.length : end + 3
}

function closingTag(source: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}(?=[\\s/>])`, 'gi')
  closing.lastIndex = from
  return closing.exec(source)?.index ?? source.length
}

type Tag = { name: string; attributes: Attributes; selfClosing: boolean; end: number }

/** Reads the tag at `open`; `undefined` when it does not end. */
function readTag(source: string, open: number, html: boolean): Tag | undefined {
  let at = open + (source.charCodeAt(open + 1) === SLASH ? 2 : 1)
  const start = at
  while (at < source.length && !endsName(source.charCodeAt(at))) at++
  const name = source.slice(start, at)
  let attributes: Map<string, string> | undefined
  let selfClosing = false
  for (;;) {
    while (isSpace(source.charCodeAt(at))) at++
    if (at >= source.length) return undefined
    const code = source.charCodeAt(at)
    if (code === GREATER) return { name, attributes: attributes ?? NONE, selfClosing, end: at + 1 }
    selfClosing = code === SLASH
    if (selfClosing) {
      at++
      continue
    }
    const from = at
    at++
    while (at < source.length && !endsName(source.charCodeAt(at)) && source.charCodeAt(at) !== EQUALS) at++
    const key = html ? source.slice(from, at).toLowerCase() : source.slice(from, at)
    const value = readValue(source, at)
    if (value === undefined) return undefined
    at = value.end
    attributes ??= new Map()
    if (attributes.size < MAX_ATTRIBUTES && !attributes.has(key))
      attributes.set(key, html ? decodeHtml(value.text) : decodeXml(value.text))
  }
}

/** What follows an attribute's name: nothing, or `=` and a value with or without quotes. */
function readValue(source: string, from: number): { text: string; end: number } | undefined {
  let at = from
  while (isSpace(source.charCodeAt(at))) at++
  if (source.charCodeAt(at) !== EQUALS) return { text: '', end: at }
  at++
  while (isSpace(source.charCodeAt(at))) at++
  const quote = source.charAt(at)
  if (quote === '"' || quote === "'") {
    const end = source.indexOf(quote, at + 1)
    return end < 0 ? undefined : { text: source.slice(at + 1, end), end: end + 1 }
  }
  const start = at
  while (at < source.length && !isSpace(source.charCodeAt(at)) && source.charCodeAt(at) !== GREATER) at++
  return { text: source.slice(start, at), end: at }
}

function endsName(code: number): boolean {
  return isSpace(code) || code === SLASH || code === GREATER
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
}
