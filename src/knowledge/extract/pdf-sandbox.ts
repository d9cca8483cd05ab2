// The Worker that reads PDF files: loaded when the first one comes, without network and without bindings. What it
// reads comes from strangers, and its library is too large for every isolate to carry (see `pdf-reader.ts`).
import { ExtractError } from './extracted.ts'
import { readPdf } from './pdf.ts'

export default {
  /** The body is the file; the answer is a `Draft`, or the code and message of an `ExtractError`. */
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await readPdf(new Uint8Array(await request.arrayBuffer())))
    } catch (error) {
      if (!(error instanceof ExtractError)) throw error
      return Response.json({ code: error.code, message: error.message }, { status: 422 })
    }
  },
}
