/** The same numbers in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Normally distributed (Box-Muller). */
export const gauss = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

export function normalised(values: Float32Array): Float32Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return values.map((value) => value / length)
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/**
 * Vectors as embeddings are: topics and documents within them, dimensions of uneven spread (`decay`: the n-th varies
 * by n^-decay) and a common offset. Answers a function that makes one more.
 */
export function clustered(
  dimensions: number,
  options: { topics: number; decay: number; seed?: number },
): () => Float32Array {
  const next = random(options.seed ?? 1)
  const spread = Float32Array.from({ length: dimensions }, (_, at) => (1 + at) ** -options.decay)
  const around = (centre: Float32Array, by: number) =>
    centre.map((value, at) => value + by * (spread[at] ?? 0) * gauss(next))
  const offset = around(new Float32Array(dimensions), 1)
  const topics = Array.from({ length: options.topics }, () => around(offset, 1))
  return () => normalised(around(topics[Math.floor(next() * topics.length)] ?? offset, 0.6))
}
