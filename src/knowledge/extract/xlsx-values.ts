import { ExtractError } from './extracted.ts'
import { attribute, local, skip } from './office.ts'
import type { Zip } from './unzip.ts'

const MAX_STRINGS = 1_000_000

/** The strings that cells point to by number; formatting and readings of Japanese (`rPh`) are left out. */
export function readSharedStrings(zip: Zip, path: string): string[] {
  const strings: string[] = []
  const tokens = zip.xml(path)
  let open: string | undefined
  let isText = false
  for (let next = tokens.next(); next.done !== true; next = tokens.next()) {
    const token = next.value
    const name = token.kind === 'text' ? '' : local(token.name)
    if (token.kind === 'text') {
      if (isText && open !== undefined) open += token.text
    } else if (token.kind === 'open') {
      if (name === 'rPh') skip(tokens, token.name)
      else if (name === 'si') open = ''
      isText = name === 't'
    } else {
      isText = false
      if (name !== 'si') continue
      strings.push(open ?? '')
      if (strings.length > MAX_STRINGS) throw new ExtractError('TOO_LARGE')
    }
  }
  return strings
}

/** Excel takes 250 at most. */
const MAX_FORMATS = 5000

export type Show = 'plain' | 'percent' | 'date' | 'time' | 'moment'

/** How the numbers of each cell style are shown; the style of a cell is a place in this list. */
export function readShows(zip: Zip, path: string): Show[] {
  const own = new Map<string, string>()
  const shows: Show[] = []
  let inCells = false
  for (const token of zip.xml(path)) {
    if (token.kind === 'text') continue
    const name = local(token.name)
    if (name === 'cellXfs') inCells = token.kind === 'open'
    else if (token.kind !== 'open') continue
    else if (name === 'numFmt' && own.size < MAX_FORMATS) {
      own.set(attribute(token.attributes, 'numFmtId') ?? '', attribute(token.attributes, 'formatCode') ?? '')
    } else if (name === 'xf' && inCells) {
      const id = attribute(token.attributes, 'numFmtId') ?? '0'
      shows.push(showOf(own.get(id) ?? BUILT_IN[id] ?? ''))
    }
  }
  return shows
}

/** Number formats that are not written into the file (ECMA-376 part 1, 18.8.30). */
const BUILT_IN: Record<string, string> = {
  9: '0%',
  10: '0.00%',
  14: 'm/d/yy',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm',
  19: 'h:mm:ss',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'm/d/yy h:mm',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
}

function showOf(format: string): Show {
  // Text in quotes, escapes and colours are no codes; only the first of the four sections matters.
  const codes =
    format
      .slice(0, 200)
      .replaceAll(/"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|[_*]./gi, '')
      .split(';')[0] ?? ''
  const isDate = /[yd]|mmm/i.test(codes)
  const isTime = /[hs]/i.test(codes)
  if (isDate) return isTime ? 'moment' : 'date'
  if (isTime) return 'time'
  return codes.includes('%') ? 'percent' : 'plain'
}

const DAY = 86_400_000
/** Day 0 of the serial numbers; counted from here the 29th of February 1900 that never was does no harm. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)

/** A stored number as people read it: dates as 2026-10-01, moments as 2026-10-01 14:30. */
export function showNumber(stored: string, show: Show, is1904: boolean): string {
  const value = Number(stored)
  if (stored === '' || !Number.isFinite(value)) return stored
  // 0.1 + 0.2 is stored as 0.30000000000000004; Excel shows 15 digits.
  if (show === 'plain') return String(Number(value.toPrecision(15)))
  if (show === 'percent') return `${Number((value * 100).toPrecision(12))}%`
  const moment = new Date(Math.round((value * DAY) / 1000) * 1000 + (is1904 ? EPOCH_1904 : EPOCH_1900))
  if (value < 0 || Number.isNaN(moment.getTime()) || moment.getUTCFullYear() > 9999) return stored
  const [date = '', time = ''] = moment.toISOString().slice(0, 19).split('T')
  const short = time.replace(/:00$/, '')
  if (show === 'time' && value < 1) return short
  if (show === 'time') return `${Math.floor(value * 24)}:${time.slice(3)}`
  return show === 'date' || time === '00:00:00' ? date : `${date} ${short}`
}
