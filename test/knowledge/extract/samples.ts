import { strToU8, zipSync, type Zippable } from 'fflate'
import { extract as extractWith, type FileMeta } from '../../../src/knowledge/extract/extract.ts'
import { readPdf } from '../../../src/knowledge/extract/pdf.ts'
import { ExtractError } from '../../../src/knowledge/extract/extracted.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Each letter one byte. */
export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** Little-endian, without a mark. */
export const utf16 = (text: string): Uint8Array =>
  new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer)

/** The code of the refusal, or `ok`. Anything else that is thrown is a bug. */
export async function outcome(bytes: Uint8Array, name: string, contentType?: string): Promise<string> {
  try {
    await extract(bytes, { name, contentType })
    return 'ok'
  } catch (error) {
    if (error instanceof ExtractError) return error.code
    throw error
  }
}

const CONTENT_TYPES =
  '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

export function relations(list: readonly (readonly [id: string, type: string, target: string])[]): string {
  const each = list.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  )
  return `<?xml version="1.0"?><Relationships>${each.join('')}</Relationships>`
}

/** A zip file of texts. */
export function zip(parts: Record<string, string | Uint8Array>): Uint8Array {
  const files: Zippable = {}
  for (const [name, part] of Object.entries(parts)) files[name] = typeof part === 'string' ? strToU8(part) : part
  return zipSync(files)
}

/** The parts of a Word document with the given body. */
export function docxParts(body: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    '[Content_Types].xml': CONTENT_TYPES,
    '_rels/.rels': relations([['r1', 'officeDocument', 'word/document.xml']]),
    'word/_rels/document.xml.rels': relations([
      ['r1', 'styles', 'styles.xml'],
      ['r2', 'numbering', 'numbering.xml'],
      ['r3', 'footnotes', 'footnotes.xml'],
    ]),
    'word/document.xml': `<?xml version="1.0" encoding="UTF-8"?><w:document ${WORD}><w:body>${body}</w:body></w:document>`,
    'word/styles.xml':
      `<w:styles ${WORD}>` +
      '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>' +
      '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="H2"/></w:style>' +
      '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="Own"/></w:style>' +
      '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>' +
      '<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style></w:styles>',
    'word/numbering.xml':
      `<w:numbering ${WORD}><w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>` +
      '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>' +
      '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>',
    ...more,
  }
}

/** A paragraph of Word; `properties` is the inside of `w:pPr`. */
export function wp(text: string, properties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`
}

/** The parts of a workbook; sheets are given as the inside of `sheetData`. */
export function xlsxParts(sheets: Record<string, string>, more: Record<string, string> = {}): Record<string, string> {
  const names = Object.keys(sheets)
  const parts: Record<string, string> = {
    '[Content_Types].xml': CONTENT_TYPES,
    '_rels/.rels': relations([['r1', 'officeDocument', '/xl/workbook.xml']]),
    'xl/_rels/workbook.xml.rels': relations([
      ...names.map((_, at) => [`s${at}`, 'worksheet', `worksheets/sheet${at}.xml`] as const),
      ['x1', 'sharedStrings', 'sharedStrings.xml'],
      ['x2', 'styles', 'styles.xml'],
    ]),
    'xl/workbook.xml':
      '<workbook><sheets>' +
      names
        .map(
          (name, at) =>
            `<sheet name="${name}" sheetId="${at + 1}" ${name === 'Secret' ? 'state="hidden"' : ''} r:id="s${at}"/>`,
        )
        .join('') +
      '</sheets></workbook>',
    'xl/styles.xml':
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy\\ hh:mm"/><numFmt numFmtId="165" formatCode="#,##0.00\\ &quot;days&quot;"/></numFmts>' +
      '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="165"/></cellXfs></styleSheet>',
    ...more,
  }
  for (const [at, name] of names.entries()) {
    parts[`xl/worksheets/sheet${at}.xml`] = `<worksheet><sheetData>${sheets[name] ?? ''}</sheetData></worksheet>`
  }
  return parts
}

/** A line of text on a page: points from the bottom, size, text. */
export type PdfLine = readonly [y: number, size: number, text: string]

/** A PDF with correct offsets, uncompressed; a page is lines of Helvetica, or the whole content stream. */
export function pdf(
  pages: readonly (readonly PdfLine[] | string)[],
  extra: { trailer?: string; info?: string } = {},
): Uint8Array {
  const objects: string[] = []
  const kids = pages.map((_, at) => `${4 + at * 2} 0 R`).join(' ')
  objects.push('<< /Type /Catalog /Pages 2 0 R >>', `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`)
  objects.push('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>')
  for (const [at, page] of pages.entries()) {
    const content =
      typeof page === 'string'
        ? page
        : page.map(([y, size, text]) => `BT /F1 ${size} Tf 1 0 0 1 72 ${y} Tm (${text}) Tj ET`).join('\n')
    const resources = '/Resources << /Font << /F1 3 0 R >> /XObject << /Im0 999 0 R >> >>'
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] ${resources} /Contents ${5 + at * 2} 0 R >>`)
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`)
  }
  if (extra.info !== undefined) objects.push(`<< /Title (${extra.info}) >>`)
  let text = '%PDF-1.7\n'
  const offsets = objects.map((object, at) => {
    const offset = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`
  text += offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const info = extra.info === undefined ? '' : `/Info ${objects.length} 0 R`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${info} ${extra.trailer ?? ''} >>\nstartxref\n${start}\n%%EOF`
  return latin1(text)
}

/** With the PDF library beside it; the Worker has it in an isolate of its own. */
export const extract = (bytes: Uint8Array, meta: FileMeta) => extractWith(bytes, meta, readPdf)
