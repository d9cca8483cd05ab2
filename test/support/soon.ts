/** S15: whatever a site sends, reading it takes no longer than this many milliseconds. */
export const SOON = 50
export function timeOf(work: () => unknown): number {
  // The second time: what is measured is the algorithm, not the compiler.
  work()
  const start = performance.now()
  work()
  return performance.now() - start
}
