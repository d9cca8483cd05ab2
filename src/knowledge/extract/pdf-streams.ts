import { Unzlib } from 'fflate'
import { ExtractError } from './extracted.ts'

/** Bytes that one stream of a PDF may inflate to; pages of maps reach 20 MB. */
const MAX_STREAM = 48 * 1024 * 1024
/** Of all streams that were looked into; also ends files whose streams lie within each other. */
const MAX_TOTAL = 512 * 1024 * 1024
const MAX_STREAMS = 100_000
/** Deflate makes at most 1,032 bytes of one, so shorter streams need no look. */
const SUSPECT = Math.floor(MAX_STREAM / 1032)
/** Of a stream compressed with LZW, which cannot be counted here; it makes up to 1,365 bytes of one. */
const MAX_LZW = 64 * 1024
const PIECE = 16 * 1024
/** The dictionary of a stream stands before it. */
const DICTIONARY = 1024

/**
 * Refuses a PDF whose pages, fonts, tables or images inflate without measure: the reader would hold all of it. What a
 * stream says about its length and use is not believed. Not judged are streams in a second coat: encrypted ones and
 * those that are ASCII85 or hexadecimal outside.
 * @throws ExtractError `TOO_LARGE`, `TOO_MANY_PARTS` beyond 100,000 streams.
 */
export function refuseBombs(bytes: Uint8Array): void {
  let streams = 0
  let total = 0
  let end = 0
  for (let at = find(bytes, 'stream', 0); at >= 0; at = find(bytes, 'stream', at + 6)) {
    // The `d` of "endstream".
    if (bytes[at - 1] === 0x64) continue
    if (++streams > MAX_STREAMS) throw new ExtractError('TOO_MANY_PARTS')
    let start = at + 6
    if (bytes[start] === 13) start++
    if (bytes[start] === 10) start++
    const around = new TextDecoder('windows-1252').decode(bytes.subarray(Math.max(0, at - DICTIONARY), at))
    const dictionary = around
      .slice(Math.max(0, around.lastIndexOf(' obj')))
      .replaceAll(/#([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (end >= 0 && end < start) end = find(bytes, 'endstream', start)
    const written = (end < 0 ? bytes.length : end) - start
    if (Math.max(declaredLength(dictionary), written) < SUSPECT) continue
    const packings = dictionary.match(/\/(?:FlateDecode|Fl|LZWDecode|LZW|RunLengthDecode|RL)\b/g)?.length ?? 0
    if (packings > 1 || (/\/LZW/.test(dictionary) && written > MAX_LZW)) throw new ExtractError('TOO_LARGE')
    total += measure(bytes.subarray(start))
    if (total > MAX_TOTAL) throw new ExtractError('TOO_LARGE')
  }
}

/** A reference to elsewhere may say anything. */
function declaredLength(dictionary: string): number {
  const [, direct, reference] = /\/Length\s+(\d+)(\s+\d+\s+R)?/.exec(dictionary) ?? []
  return reference === undefined ? Number(direct ?? 0) : Number.POSITIVE_INFINITY
}

/** Bytes that a stream inflates to; 0 when it is not deflated. */
function measure(packed: Uint8Array): number {
  const [first = 0, second = 0] = packed
  if ((first & 15) !== 8 || (first * 256 + second) % 31 !== 0) return 0
  let length = 0
  let before = -1
  const inflate = new Unzlib((piece) => {
    length += piece.length
  })
  // A piece that adds nothing lies behind the end.
  for (let at = 0; at < packed.length && length > before; at += PIECE) {
    before = at === 0 ? -1 : length
    try {
      inflate.push(packed.subarray(at, at + PIECE))
    } catch {
      // Not deflate, or damaged: the reader stops there as well.
      return length
    }
    if (length > MAX_STREAM) throw new ExtractError('TOO_LARGE')
  }
  return length
}

function find(bytes: Uint8Array, word: string, from: number): number {
  const first = word.charCodeAt(0)
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 1
    while (same < word.length && bytes[at + same] === word.charCodeAt(same)) same++
    if (same === word.length) return at
  }
  return -1
}
