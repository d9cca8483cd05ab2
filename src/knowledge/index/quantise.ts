// Vectors made small: one bit a dimension to find, one byte a dimension to rank.

export interface Int8Vector {
  bytes: Int8Array<ArrayBuffer>
  /** What a byte counts. */
  scale: number
}

export function toInt8(values: Float32Array): Int8Vector {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  const scale = most / 127 || 1
  return { bytes: Int8Array.from(values, (value) => Math.round(value / scale)), scale }
}

export function fromInt8({ bytes, scale }: Int8Vector): Float32Array<ArrayBuffer> {
  return Float32Array.from(bytes, (value) => value * scale)
}

/** Dot product with a vector that was made small. */
export function dotInt8(values: Float32Array, { bytes, scale }: Int8Vector): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at++) sum += (values[at] as number) * (bytes[at] as number)
  return sum * scale
}

/**
 * A random rotation, the same for every vector: similarities stay what they are, and no dimension is left that varies
 * much more than others. Without it those would take the range of the bytes and give the bits of the others equal weight:
 * measured on uneven vectors, share of the best ten among the best 100 by bits .76 without rotation and .99 with it.
 */
export class Rotation {
  readonly #flips: Float32Array

  constructor(dimensions: number) {
    this.#flips = Float32Array.from(randomSigns(dimensions))
  }

  apply(values: Float32Array): Float32Array {
    const rotated = values.map((value, at) => value * (this.#flips[at] as number))
    // The transform takes powers of two; two of them that overlap reach every dimension.
    const width = 2 ** Math.floor(Math.log2(rotated.length))
    walshHadamard(rotated.subarray(0, width))
    if (width < rotated.length) walshHadamard(rotated.subarray(rotated.length - width))
    return rotated
  }
}

/** The dimensions' signs as seen from the centre of all vectors, 32 a word: without what is common to all of them. */
export function writeSigns(values: Float32Array, centre: Float32Array, into: Uint32Array, offset: number): void {
  into.fill(0, offset, offset + wordsOf(values.length))
  for (let at = 0; at < values.length; at++) {
    if ((values[at] as number) > (centre[at] as number))
      into[offset + (at >>> 5)] = (into[offset + (at >>> 5)] as number) | (1 << (at & 31))
  }
}

export const wordsOf = (dimensions: number): number => Math.ceil(dimensions / 32)

/** The same in every isolate and for ever: stored bits depend on it (xorshift32). */
function* randomSigns(count: number): Generator<number> {
  let state = 0x9e3779b9
  for (let at = 0; at < count; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state & 1 ? 1 : -1
  }
}

/** In place; of length a power of two. Divided by the root of the length, so that it is a rotation. */
function walshHadamard(values: Float32Array): void {
  for (let half = 1; half < values.length; half *= 2) {
    for (let start = 0; start < values.length; start += 2 * half) {
      for (let at = start; at < start + half; at++) {
        const [a, b] = [values[at] as number, values[at + half] as number]
        values[at] = a + b
        values[at + half] = a - b
      }
    }
  }
  const norm = 1 / Math.sqrt(values.length)
  for (let at = 0; at < values.length; at++) values[at] = (values[at] as number) * norm
}

/** In how many of `words` words' bits the two differ. */
export function hamming(a: Uint32Array, b: Uint32Array, offset: number, words: number): number {
  let count = 0
  for (let word = 0; word < words; word++) {
    let x = (a[word] as number) ^ (b[offset + word] as number)
    x -= (x >>> 1) & 0x55555555
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
    count += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return count
}
