export interface Extracted {
  title: string
  format: 'markdown' | 'text'
  /** At most `MAX_CONTENT` characters. */
  content: string
  /** For people: what was left out, in sentences. */
  notes: string[]
}

/** What every reader of a format answers; `extract` makes an `Extracted` of it. */
export interface Draft {
  /** Absent: the file says none, its name is taken. */
  title?: string | undefined
  format: 'markdown' | 'text'
  content: string
  /** The content is only the beginning of the text. */
  wasCut?: boolean
  notes: string[]
}

/** Reads a PDF; throws `ExtractError`. */
export type ReadPdf = (bytes: Uint8Array) => Promise<Draft>

/** Bytes of a file. */
export const MAX_INPUT = 25 * 1024 * 1024
/** UTF-16 units of content; the same as a document that is sent as text. */
export const MAX_CONTENT = 1_000_000
const MAX_TITLE = 300

const MESSAGES = {
  UNSUPPORTED_FORMAT:
    'This kind of file cannot be read. Use PDF, Word (docx), Excel (xlsx), CSV, HTML, Markdown or text.',
  ENCRYPTED: 'The file is protected with a password. Save it without one and try again.',
  SCANNED_PDF: 'The PDF holds only images, no text. Run text recognition (OCR) on it and try again.',
  EMPTY: 'The file holds no text.',
  TOO_LARGE: 'The file is too large.',
  TOO_MANY_PARTS: 'The file holds too many parts.',
  MALFORMED: 'The file is damaged and cannot be read.',
  WRONG_CHARSET: 'The characters of the file cannot be read. Save it as UTF-8 and try again.',
} as const

export type ExtractErrorCode = keyof typeof MESSAGES

/** A file that cannot be read; the message is written for people and holds nothing of the file. */
export class ExtractError extends Error {
  readonly code: ExtractErrorCode

  constructor(code: ExtractErrorCode, message: string = MESSAGES[code]) {
    super(message)
    this.name = 'ExtractError'
    this.code = code
  }
}

// Controls, and characters that nobody sees but a model reads: zero width, direction marks, tags. U+200C and U+200D
// stay, since Persian and emoji are written with them.
const UNSEEN =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- these are what is removed
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]+/gu

/** Line ends as `\n`, no unseen characters, at most one empty line in a row. */
function tidy(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replaceAll(UNSEEN, '')
    .replaceAll('\u00a0', ' ')
    .replaceAll(/(?<![ \t])[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
}

/** One line for a title: no unseen characters, at most 300. */
export function tidyTitle(title: string): string {
  const line = title
    .slice(0, 4 * MAX_TITLE)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(UNSEEN, '')
    .trim()
  return line.length <= MAX_TITLE ? line : `${wellFormed(line.slice(0, MAX_TITLE - 1)).trimEnd()}…`
}

/** Tidies the text and keeps the first million characters, up to the end of a paragraph, line or word. */
export function limit(text: string): { content: string; wasCut: boolean } {
  // What lies far beyond is never copied.
  const tidied = tidy(text.length > 2 * MAX_CONTENT ? text.slice(0, 2 * MAX_CONTENT) : text)
  const wasCut = text.length > 2 * MAX_CONTENT || tidied.length > MAX_CONTENT
  if (tidied.length <= MAX_CONTENT) return { content: tidied, wasCut }
  const head = tidied.slice(0, MAX_CONTENT)
  const late = MAX_CONTENT - 20_000
  const end = ['\n\n', '\n', ' '].map((mark) => head.lastIndexOf(mark)).find((at) => at > late)
  return { content: wellFormed(head.slice(0, end)).trimEnd(), wasCut }
}

/** Never half of a surrogate pair at the end. */
function wellFormed(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text
}
