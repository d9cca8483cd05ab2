import { type Draft, ExtractError, MAX_CONTENT } from './extracted.ts'
import { type Line, writePages } from './pdf-layout.ts'
import { refuseBombs } from './pdf-streams.ts'

const MAX_PAGES = 2_000
const MAX_LINES = 200_000
/** Letters of a whole document; scanners add a word or two of their own. */
const FEWEST_LETTERS = 10

type Item = { str: string; height: number; transform: unknown[]; hasEOL: boolean }
type Page = { streamTextContent: () => ReadableStream<{ items: unknown[] }>; cleanup: () => boolean }

/**
 * The text of a PDF as Markdown, each page under a heading `Page n`, so that a citation can name it.
 * @throws ExtractError `ENCRYPTED`, `SCANNED_PDF` (images without a text layer), `EMPTY`, `TOO_LARGE` (bomb), `MALFORMED`.
 */
export async function readPdf(bytes: Uint8Array): Promise<Draft> {
  refuseBombs(bytes)
  // Half a megabyte that most requests never need: evaluated with the first PDF.
  const { getDocumentProxy } = await import('unpdf')
  const options = { isEvalSupported: false, useSystemFonts: false, disableFontFace: true, verbosity: 0 }
  // Its data is taken away from whoever hands it over, hence the copy.
  const pdf = await getDocumentProxy(bytes.slice(), options).catch((error: unknown) => {
    throw reasonOf(error, bytes)
  })
  try {
    const pages: Line[][] = []
    let length = 0
    let count = 0
    let unread = 0
    const last = Math.min(pdf.numPages, MAX_PAGES)
    while (pages.length < last && length <= 2 * MAX_CONTENT && count <= MAX_LINES) {
      const lines = await readPage(() => pdf.getPage(pages.length + 1), 2 * MAX_CONTENT - length)
      if (lines === undefined) unread++
      pages.push(lines ?? [])
      count += lines?.length ?? 0
      length += (lines ?? []).reduce((sum, { text }) => sum + text.length, 0)
    }
    if (unread === pages.length) throw new ExtractError('MALFORMED')
    const letters = pages.flat().reduce((sum, { text }) => sum + (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0), 0)
    const hasImages = holds(bytes, /\/Subtype\s{0,9}\/Image/)
    if (letters < FEWEST_LETTERS && hasImages) throw new ExtractError('SCANNED_PDF')
    const title = await pdf.getMetadata().then(
      ({ info }) => titleOf(info),
      () => undefined,
    )
    return {
      title,
      format: 'markdown',
      content: writePages(pages),
      wasCut: pages.length < last,
      notes: notesOf(pages, unread, pdf.numPages, hasImages),
    }
  } finally {
    await pdf.loadingTask.destroy().catch(() => undefined)
  }
}

function notesOf(pages: readonly Line[][], unread: number, total: number, hasImages: boolean): string[] {
  const notes: string[] = []
  const blank = pages.filter((lines) => lines.length === 0).length - unread
  const of = `of ${pages.length} pages`
  if (total > MAX_PAGES) notes.push('Only the first 2,000 pages were read.')
  if (unread > 0) notes.push(`${unread} ${of} are damaged and were left out.`)
  if (blank > 0 && hasImages) notes.push(`${blank} ${of} hold no text; they may be scanned.`)
  return notes
}

/** The lines of a page; undefined when it is damaged. */
async function readPage(load: () => Promise<Page>, room: number): Promise<Line[] | undefined> {
  const lines: Line[] = []
  let open: Line | undefined
  let length = 0
  try {
    const page = await load()
    const reader = page.streamTextContent().getReader()
    while (length <= room && lines.length <= MAX_LINES) {
      const { value, done } = await reader.read()
      if (done) break
      for (const item of value.items) {
        if (!isItem(item)) continue
        length += item.str.length
        if (item.str.trim() !== '') {
          open ??= { text: '', size: 0, y: Number(item.transform[5]) }
          open.size = Math.max(open.size, item.height)
        }
        if (open !== undefined) open.text += item.str
        if (item.hasEOL && open !== undefined) {
          lines.push(open)
          open = undefined
        }
      }
    }
    if (length > room || lines.length > MAX_LINES) await reader.cancel(new Error('enough'))
    page.cleanup()
  } catch {
    if (lines.length === 0 && open === undefined) return undefined
  }
  if (open !== undefined) lines.push(open)
  return lines.map((line) => ({ ...line, text: line.text.replaceAll(/\s+/g, ' ').trim() }))
}

function isItem(item: unknown): item is Item {
  return (
    typeof item === 'object' && item !== null && 'str' in item && 'transform' in item && typeof item.str === 'string'
  )
}

/** Programs write the name of the file or of themselves where a title belongs. */
function titleOf(info: object): string | undefined {
  const title = 'Title' in info && typeof info.Title === 'string' ? info.Title.trim() : ''
  const named =
    /^(?:Microsoft (?:Word|PowerPoint|Excel) - )?(.*?)(?:\.(?:docx?|pptx?|xlsx?|pdf|indd|odt|rtf|tex|dvi))?$/i
  const words = named.exec(title)?.[1] ?? ''
  return /^(?:untitled|document\d*|slide \d+|powerpoint presentation|\W*)$/i.test(words) ? undefined : words
}

function reasonOf(error: unknown, bytes: Uint8Array): ExtractError {
  const isPassword = error instanceof Error && error.name === 'PasswordException'
  return new ExtractError(isPassword || holds(bytes, /\/Encrypt\b/) ? 'ENCRYPTED' : 'MALFORMED')
}

const PIECE = 1024 * 1024

/** Whether the raw file holds what `pattern` (of at most 64 characters) says. */
function holds(bytes: Uint8Array, pattern: RegExp): boolean {
  const decoder = new TextDecoder('windows-1252')
  for (let at = 0; at < bytes.length; at += PIECE) {
    if (pattern.test(decoder.decode(bytes.subarray(at, at + PIECE + 64)))) return true
  }
  return false
}
