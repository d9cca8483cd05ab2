import { looksBinary } from './charset.ts'

export type Format = 'pdf' | 'zip' | 'ole' | 'html' | 'csv' | 'markdown' | 'text' | 'unsupported'

const TYPES: Record<string, Format> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
}
const ENDINGS: Record<string, Format> = {
  htm: 'html',
  html: 'html',
  xhtml: 'html',
  csv: 'csv',
  tsv: 'csv',
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
}

/**
 * The kind of a file: what its first bytes say, then its content type, then its name. `zip` and `ole` are containers.
 * `text/plain` says little (browsers send it for many a name), so the name decides among kinds of text.
 */
export function sniff(bytes: Uint8Array, name: string, contentType?: string): Format {
  const head = new TextDecoder('windows-1252').decode(bytes.subarray(0, 1024))
  // Readers of PDF look for the mark within the first 1,024 bytes (ISO 32000-1, annex H 3.4.1).
  if (head.includes('%PDF-')) return 'pdf'
  if (startsWith(bytes, [0x50, 0x4b, 3, 4]) || startsWith(bytes, [0x50, 0x4b, 5, 6])) return 'zip'
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) return 'ole'
  if (head.startsWith('{\\rtf') || looksBinary(bytes)) return 'unsupported'
  const start = head.replace(/^(?:ï»¿)?\s*(?:<\?xml[^>]*>)?\s*(?:<!--.{0,400}?-->\s*)?/s, '')
  if (/^<(?:!doctype\s+html|html)[\s>]/i.test(start)) return 'html'
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (Object.hasOwn(TYPES, type)) return TYPES[type] ?? 'text'
  if (/^(?:image|audio|video|font)\//.test(type)) return 'unsupported'
  const ending = /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(ENDINGS, ending) ? (ENDINGS[ending] ?? 'text') : 'text'
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, at) => bytes[at] === byte)
}
