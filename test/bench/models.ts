// Names that `fake-openai.ts` understands.

export const FAST = 'fake'
/** 20 ms to the first token, 5 ms between tokens. */
export const PACED = 'fake:paced'
export const LONG_TOKENS = 250
export const LONG = `fake:tokens=${LONG_TOKENS}`
export const TOKENS = 50

/** What the tables are held against (performance.md, "Limits to reach"). */
export const LIMITS = {
  /** CPU of a streamed answer to the bare worker's. */
  cpuRatio: 2.5,
  firstTokenRatio: 1.5,
  eagerKb: 250,
  /** Above the start of a hello world. */
  startMs: 60,
  dollarsPerMillion: 10,
  /** The 95th of 100 searches over 10,000 chunks. */
  searchMs: 25,
}
