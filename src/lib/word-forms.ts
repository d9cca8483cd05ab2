const GRAM = 4
/** Shorter words have too few letters in common with anything. */
const SHORTEST = 5
/** Of the shorter word's runs of four letters. */
const LEAST_SHARED = 1 / 3

/** The runs of four letters in a word; none when it is too short to be compared. */
export function gramsOf(word: string): ReadonlySet<string> {
  const grams = new Set<string>()
  if (word.length < SHORTEST) return grams
  for (let at = 0; at + GRAM <= word.length; at++) grams.add(word.slice(at, at + GRAM))
  return grams
}

/** Whether two words may be forms of one, where endings do not tell: `ruilen` and `geruild`, `Umtausch` and `umgetauscht`. */
export function areAlike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size === 0 || b.size === 0) return false
  const [few, many] = a.size <= b.size ? [a, b] : [b, a]
  let shared = 0
  for (const gram of few) if (many.has(gram)) shared++
  return shared >= LEAST_SHARED * few.size
}
