import { charsetOf } from './charset.ts'
import { readCsv } from './csv.ts'
import { readDocx } from './docx.ts'
import { type Draft, type Extracted, ExtractError, type ReadPdf, limit, MAX_INPUT, tidyTitle } from './extracted.ts'
import { readHtml } from './html.ts'
import { sniff } from './sniff.ts'
import { readMarkdown, readText } from './text.ts'
import { openZip, type Zip } from './unzip.ts'
import { readXlsx } from './xlsx.ts'

export interface FileMeta {
  name: string
  contentType?: string | undefined
}

/**
 * The text of a file: PDF, Word (docx), Excel (xlsx), CSV, HTML, Markdown or plain text, at most 25 MB. Of longer
 * texts the first million characters are kept; a note says so.
 * @throws ExtractError and nothing else, whatever the bytes are.
 */
export async function extract(bytes: Uint8Array, meta: FileMeta, readPdf: ReadPdf): Promise<Extracted> {
  if (bytes.length === 0) throw new ExtractError('EMPTY')
  if (bytes.length > MAX_INPUT) throw new ExtractError('TOO_LARGE', 'The file is larger than 25 MB.')
  const draft = await read(bytes, meta, readPdf)
  const { content, wasCut } = limit(draft.content)
  if (!/\S/.test(content)) throw new ExtractError('EMPTY')
  const notes = [...draft.notes]
  if (wasCut || draft.wasCut === true)
    notes.push('The text is longer than 1,000,000 characters; only the beginning was kept.')
  return { title: tidyTitle(draft.title ?? '') || titleFromName(meta.name), format: draft.format, content, notes }
}

async function read(bytes: Uint8Array, { name, contentType }: FileMeta, readPdf: ReadPdf): Promise<Draft> {
  switch (sniff(bytes, name, contentType)) {
    case 'pdf':
      return readPdf(bytes)
    case 'zip':
      return readOffice(openZip(bytes))
    case 'html': {
      const { title, markdown, wasCut } = await readHtml(bytes, charsetOf(contentType))
      return { title, format: 'markdown', content: markdown, wasCut, notes: [] }
    }
    case 'csv':
      return readCsv(bytes, contentType)
    case 'markdown':
      return readMarkdown(bytes, contentType)
    case 'text':
      return readText(bytes, contentType)
    case 'ole':
      throw oldOffice(bytes)
    case 'unsupported':
      throw new ExtractError('UNSUPPORTED_FORMAT')
  }
}

/** Which part is the document is said by the package's relationships (ECMA-376 part 2, 9.3), not by its path. */
function readOffice(zip: Zip): Draft {
  const main = zip.mainPart()
  if (main?.startsWith('word/') === true) return readDocx(zip, main)
  if (main?.startsWith('xl/') === true && main.endsWith('.xml')) return readXlsx(zip, main)
  throw new ExtractError('UNSUPPORTED_FORMAT')
}

/** Word and Excel put a document with a password into the container of their old formats (MS-OFFCRYPTO 2.3.4.4). */
function oldOffice(bytes: Uint8Array): ExtractError {
  if (includesWide(bytes, 'EncryptedPackage')) return new ExtractError('ENCRYPTED')
  return new ExtractError(
    'UNSUPPORTED_FORMAT',
    'Old Office files cannot be read. Save it as docx or xlsx and try again.',
  )
}

function includesWide(bytes: Uint8Array, word: string): boolean {
  const first = word.charCodeAt(0)
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let same = 0
    while (same < word.length && bytes[at + 2 * same] === word.charCodeAt(same) && bytes[at + 2 * same + 1] === 0)
      same++
    if (same === word.length) return true
  }
  return false
}

function titleFromName(name: string): string {
  const file = name.split(/[/\\]/).at(-1) ?? ''
  const words = file.replace(/\.[a-z0-9]{1,10}$/i, '').replaceAll(/[_\s]+/g, ' ')
  return tidyTitle(words) || 'Document'
}
