import { ExtractError } from './extracted.ts'

const PIECE = 1024 * 1024

/**
 * Bytes as text. A byte order mark wins, then the declared charset (header or `meta`), then UTF-8 when the bytes are
 * valid, then windows-1252. What is declared as UTF-8 but is not falls to windows-1252, too.
 * @throws ExtractError `WRONG_CHARSET` when nobody declared one and windows-1252 makes nonsense of the bytes.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const charset = byteOrderMark(bytes) ?? wideCharset(bytes) ?? decoderLabel(declared)
  // Servers declare Latin-1 by default; text in it is hardly ever valid UTF-8 by chance.
  const mayBeUtf8 = charset === undefined || charset === 'utf-8' || charset === 'windows-1252'
  if (mayBeUtf8 && isUtf8(bytes)) return new TextDecoder().decode(bytes)
  if (charset !== undefined && charset !== 'utf-8') return new TextDecoder(charset).decode(bytes)
  const text = new TextDecoder('windows-1252').decode(bytes)
  if (isNonsense(text)) throw new ExtractError('WRONG_CHARSET')
  return text
}

/** The charset parameter of a Content-Type. */
export function charsetOf(contentType: string | null | undefined): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w.:-]{1,40})/i.exec((contentType ?? '').slice(0, 400))?.[1]
}

/** Control characters that no text holds: the bytes are of another kind of file. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (byteOrderMark(bytes) !== undefined || wideCharset(bytes) !== undefined) return false
  const sample = bytes.subarray(0, 8192)
  let controls = 0
  for (const byte of sample) {
    if (byte === 0) return true
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) controls++
  }
  return controls > sample.length / 200
}

export function byteOrderMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return undefined
}

/** UTF-16 without a mark: nearly every second byte of western text is zero, always on the same side. */
function wideCharset(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, 2048)
  const zeros = [0, 0]
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (sample.length < 4 || Math.max(even, odd) < sample.length * 0.35 || Math.min(even, odd) > sample.length * 0.02) {
    return undefined
  }
  return odd > even ? 'utf-16le' : 'utf-16be'
}

/** The name TextDecoder uses; undefined for labels it does not know and for UTF-16, which the bytes would show. */
export function decoderLabel(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    const { encoding } = new TextDecoder(label)
    return encoding.startsWith('utf-16') ? undefined : encoding
  } catch {
    return undefined
  }
}

/** In pieces, so that the check needs no copy of the whole. A torn end is forgiven where UTF-8 came before it. */
function isUtf8(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  try {
    for (let at = 0; at < bytes.length; at += PIECE) decoder.decode(bytes.subarray(at, at + PIECE), { stream: true })
  } catch {
    return false
  }
  try {
    decoder.decode()
    return true
  } catch {
    return bytes.subarray(0, -3).some((byte) => byte >= 0x80)
  }
}

/** Letters beyond ASCII are rare in every language of windows-1252; in Cyrillic read as such nearly all are. */
function isNonsense(text: string): boolean {
  const sample = text.slice(0, 100_000)
  const foreign = sample.match(/[\u0081\u008d\u008f\u0090\u009d\u00a0-\u00ff\u0152-\u0192]/g)?.length ?? 0
  const plain = sample.match(/[A-Za-z]/g)?.length ?? 0
  return foreign > 20 && foreign > plain * 0.6
}
