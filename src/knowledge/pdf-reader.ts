import { timeLimit } from '../lib/time-limit.ts'
import { type Draft, ExtractError, type ExtractErrorCode, type ReadPdf } from './extract/extracted.ts'

/** Milliseconds; the longest manuals take a few seconds. */
const PATIENCE = 60_000
const MISSING = 'PDF files cannot be read here: the Worker has no LOADER binding.'

/**
 * Reads PDF files in an isolate of their own. A module of this Worker would be compiled with it, imported or not
 * (measured: 30 to 40 ms of every cold start); as compressed text it costs next to nothing until it is wanted.
 */
export function createPdfReader(loader: WorkerLoader | undefined): ReadPdf {
  return async (bytes) => {
    if (!loader) throw new ExtractError('UNSUPPORTED_FORMAT', MISSING)
    const { default: code } = await import('./extract/pdf-sandbox.generated.js')
    const sandbox = loader.get(`pdf-${code.length}`, async () => ({
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      mainModule: 'pdf.js',
      modules: { 'pdf.js': await unpack(code) },
      // Nothing in a file may lead to a call.
      globalOutbound: null,
    }))
    const request = new Request('https://pdf.internal/', { method: 'POST', body: bytes })
    const response = await timeLimit(sandbox.getEntrypoint().fetch(request), PATIENCE).catch(() => undefined)
    // Killed by its own limits of memory or time: this file will not do better next time.
    if (!response || response.status >= 500) throw new ExtractError('MALFORMED', 'The file could not be read.')
    if (response.ok) return response.json<Draft>()
    const refusal = await response.json<{ code: ExtractErrorCode; message: string }>()
    throw new ExtractError(refusal.code, refusal.message)
  }
}

async function unpack(base64: string): Promise<string> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).text()
}
