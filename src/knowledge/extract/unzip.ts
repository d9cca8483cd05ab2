import { Inflate } from 'fflate'
import { ExtractError } from './extracted.ts'
import { type Markup, readXmlMarkup } from './markup.ts'

interface Entry {
  name: string
  method: number
  encrypted: boolean
  packed: number
  size: number
  offset: number
}

const MAX_ENTRIES = 10_000
/** Bytes inflated of one file, all entries together. */
const MAX_INFLATED = 50 * 1024 * 1024
/** An entry may grow a hundredfold; what stays below a megabyte may always. */
const MAX_RATIO = 100
const SMALL = 1024 * 1024
/** Deflate makes at most 1,032 bytes of one, so a piece of this size inflates to 16 MB before it is counted. */
const PIECE = 16 * 1024
/** Characters; small pieces of XML are gathered, since a torn tag is read again with the next piece. */
const GATHERED = 128 * 1024

const BOMB = 'The file grows too much when it is unpacked.'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_ENTRY = 0x04034b50

/**
 * A zip file (APPNOTE.TXT 4.3). Nothing is inflated until it is read; names are only compared, never used as paths.
 * @throws ExtractError `TOO_MANY_PARTS` above 10,000 entries, `MALFORMED` when it is cut or no zip file.
 */
export function openZip(bytes: Uint8Array): Zip {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  const count = view.getUint16(end + 10, true)
  // 0xffff stands for zip64, whose count is larger still.
  if (count > MAX_ENTRIES) throw new ExtractError('TOO_MANY_PARTS')
  const entries = new Map<string, Entry>()
  let at = view.getUint32(end + 16, true)
  for (let read = 0; ; read++) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      if (read < count) throw new ExtractError('MALFORMED')
      return new Zip(bytes, entries)
    }
    // The count is only a claim.
    if (read >= MAX_ENTRIES) throw new ExtractError('TOO_MANY_PARTS')
    const nameLength = view.getUint16(at + 28, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    // The first of a name counts: two readers must not see two documents.
    if (!entries.has(name)) {
      entries.set(name, {
        name,
        encrypted: (view.getUint16(at + 8, true) & 1) === 1,
        method: view.getUint16(at + 10, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        offset: view.getUint32(at + 42, true),
      })
    }
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
}

export class Zip {
  readonly #bytes: Uint8Array
  readonly #entries: ReadonlyMap<string, Entry>
  #left = MAX_INFLATED

  constructor(bytes: Uint8Array, entries: ReadonlyMap<string, Entry>) {
    this.#bytes = bytes
    this.#entries = entries
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** The path of the main part of an Office file; undefined for other zip files. */
  mainPart(): string | undefined {
    if (!this.has('_rels/.rels') || !this.has('[Content_Types].xml')) return undefined
    const relation = this.relations('').find(({ type }) => type.endsWith('/officeDocument'))
    return relation !== undefined && this.has(relation.target) ? relation.target : undefined
  }

  /** What the part at `path` refers to, with full paths (`''` is the package). */
  relations(path: string): { id: string; type: string; target: string }[] {
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    const found: { id: string; type: string; target: string }[] = []
    for (const token of this.xml(`${folder}_rels/${path.slice(folder.length)}.rels`)) {
      if (token.kind !== 'open' || !token.name.endsWith('Relationship')) continue
      if (found.length >= MAX_ENTRIES) throw new ExtractError('TOO_MANY_PARTS')
      const { attributes } = token
      const target = attributes.get('Target') ?? ''
      found.push({
        id: attributes.get('Id') ?? '',
        type: attributes.get('Type') ?? '',
        target: target.startsWith('/') ? target.slice(1) : folder + target,
      })
    }
    return found
  }

  /**
   * The tags and text of an XML part while it inflates; nothing when there is no such part.
   * @throws ExtractError `TOO_LARGE` (bomb), `ENCRYPTED`, `MALFORMED`, all while reading.
   */
  *xml(name: string): Generator<Markup> {
    const entry = this.#entries.get(name)
    if (entry !== undefined) yield* readXmlMarkup(decode(this.#inflate(entry)))
  }

  *#inflate(entry: Entry): Generator<Uint8Array> {
    if (entry.encrypted) throw new ExtractError('ENCRYPTED')
    const packed = this.#packed(entry)
    const limit = Math.min(this.#left, Math.max(SMALL, packed.length * MAX_RATIO))
    // What it says itself is enough to refuse it, and never enough to trust it.
    if (entry.size > limit) throw new ExtractError('TOO_LARGE', BOMB)
    let length = 0
    for (const piece of entry.method === 0 ? [packed] : inflatePieces(packed)) {
      length += piece.length
      if (length > limit) throw new ExtractError('TOO_LARGE', BOMB)
      if (length > entry.size) throw new ExtractError('MALFORMED')
      this.#left -= piece.length
      yield piece
    }
    if (length !== entry.size) throw new ExtractError('MALFORMED')
  }

  #packed({ method, packed, offset }: Entry): Uint8Array {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    if (
      offset + 30 > view.byteLength ||
      view.getUint32(offset, true) !== LOCAL_ENTRY ||
      (method !== 0 && method !== 8)
    ) {
      throw new ExtractError('MALFORMED')
    }
    const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
    if (start + packed > view.byteLength) throw new ExtractError('MALFORMED')
    return this.#bytes.subarray(start, start + packed)
  }
}

/** In small pieces, so that the caller counts and stops before the next one grows. */
function* inflatePieces(packed: Uint8Array): Generator<Uint8Array> {
  const ready: Uint8Array[] = []
  const inflate = new Inflate((piece) => ready.push(piece))
  for (let at = 0; at < packed.length; at += PIECE) {
    try {
      inflate.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length)
    } catch {
      throw new ExtractError('MALFORMED')
    }
    yield* ready.splice(0)
  }
}

function* decode(pieces: Iterable<Uint8Array>): Generator<string> {
  let decoder: TextDecoder | undefined
  let gathered = ''
  for (const piece of pieces) {
    // XML of Office is UTF-8 or UTF-16 (ECMA-376 part 2, 8.2.2.2); the mark tells.
    decoder ??= new TextDecoder(piece[0] === 0xff ? 'utf-16le' : piece[0] === 0xfe ? 'utf-16be' : 'utf-8')
    gathered += decoder.decode(piece, { stream: true })
    if (gathered.length < GATHERED) continue
    yield gathered
    gathered = ''
  }
  yield gathered
}

function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - 22 - 0xffff)
  for (let at = view.byteLength - 22; at >= first; at--) if (view.getUint32(at, true) === END_OF_DIRECTORY) return at
  throw new ExtractError('MALFORMED')
}
