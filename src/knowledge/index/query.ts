import { analyseContent, termOf } from '../../lib/analyse.ts'
import type { QueryText } from '../../models/evidence.ts'

export interface QueryTerm {
  term: string
  /** The folded word it came from, empty for a cut of a script without spaces. */
  word: string
  /** Summed over the texts that say it. */
  weight: number
}

/** Two terms that stand next to each other in the question. */
export interface QueryPair {
  first: string
  second: string
  weight: number
}

/** The texts of a question, analysed. */
export class Query {
  readonly terms = new Map<string, QueryTerm>()
  readonly pairs = new Map<string, QueryPair>()

  /** Words in `repaired` are read as the word they stand for. A term counts once per text, however often said. */
  constructor(texts: readonly QueryText[], repaired: ReadonlyMap<string, string> = new Map()) {
    for (const { text, weight } of texts) {
      if (!(weight > 0)) continue
      const { terms, words } = analyseContent(text)
      const read = terms.map((term, at) => {
        const meant = repaired.get(words[at] ?? '')
        return meant === undefined ? term : termOf(meant)
      })
      this.#add(read, words, weight)
    }
  }

  #add(terms: readonly string[], words: readonly string[], weight: number): void {
    const said = new Set<string>()
    for (const [at, second] of terms.entries()) {
      if (!said.has(second)) {
        said.add(second)
        const known = this.terms.get(second)
        if (known === undefined) this.terms.set(second, { term: second, word: words[at] ?? '', weight })
        else known.weight += weight
      }
      const first = terms[at - 1]
      const key = `${first} ${second}`
      if (first === undefined || first === second || said.has(key)) continue
      said.add(key)
      const pair = this.pairs.get(key)
      if (pair === undefined) this.pairs.set(key, { first, second, weight })
      else pair.weight += weight
    }
  }
}
