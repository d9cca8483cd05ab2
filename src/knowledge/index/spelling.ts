import { termOf } from '../../lib/analyse.ts'
import type { Sql } from '../../lib/migrate.ts'
import type { Frequencies } from './frequencies.ts'

const SHORTEST = 5
const CANDIDATES = 400
/** A parameter may have 2 MB; a word has 40 letters at most. */
const COUNTED_AT_ONCE = 2_000

/**
 * Counts words of the index up or down, forwards and backwards, so that a misspelt one can be looked up by either half.
 * A word that stands in no chunk any more is forgotten: nothing may be read as it.
 */
export function countWords(sql: Sql, changes: ReadonlyMap<string, number>): void {
  const changed = [...changes].filter(([, count]) => count !== 0)
  for (let at = 0; at < changed.length; at += COUNTED_AT_ONCE) {
    const some = changed.slice(at, at + COUNTED_AT_ONCE)
    sql.exec(
      `insert into words (word, backwards, uses) select value ->> 0, value ->> 1, value ->> 2 from json_each(?) where true
       on conflict (word) do update set uses = uses + excluded.uses`,
      JSON.stringify(some.map(([word, count]) => [word, reverse(word), count])),
    )
    const fewer = some.filter(([, count]) => count < 0).map(([word]) => word)
    const query = 'delete from words where uses <= 0 and word in (select value from json_each(?))'
    if (fewer.length > 0) sql.exec(query, JSON.stringify(fewer))
  }
}

/**
 * The word of the index that `word` was most probably meant to be: one letter missing, added, changed or swapped.
 * One such slip leaves either the first half or the end of a word as it was, so two range look-ups find all of them.
 */
export function repairWord(sql: Sql, word: string, frequencies: Frequencies): string | undefined {
  if (!isRepairable(word)) return undefined
  const half = Math.floor(word.length / 2)
  const start = word.slice(0, half)
  const end = reverse(word).slice(0, word.length - half - 1)
  const near = new Set<string>()
  for (const [column, part] of [
    ['word', start],
    ['backwards', end],
  ] as const) {
    const query = `select word from words where ${column} >= ? and ${column} < ? limit ${CANDIDATES}`
    for (const row of sql.exec<{ word: string }>(query, part, `${part}\u{10ffff}`).toArray()) {
      if (isOneSlip(word, row.word)) near.add(row.word)
    }
  }
  if (near.size === 0) return undefined
  frequencies.load([...near].map(termOf))
  let best: string | undefined
  let most = 0
  for (const candidate of near) {
    const likely = frequencies.of(termOf(candidate)) * (candidate.charAt(0) === word.charAt(0) ? 4 : 1)
    if (likely > most) [best, most] = [candidate, likely]
  }
  return best
}

export function isRepairable(word: string): boolean {
  return word.length >= SHORTEST && word.length <= 40 && !/[^\p{L}\p{M}]/u.test(word)
}

/** Damerau-Levenshtein distance of exactly one (neighbours swapped count as one). */
export function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false
  let same = 0
  while (same < a.length && a.charCodeAt(same) === b.charCodeAt(same)) same++
  if (a.length > b.length) return a.slice(same + 1) === b.slice(same)
  if (a.length < b.length) return a.slice(same) === b.slice(same + 1)
  if (a.slice(same + 1) === b.slice(same + 1)) return true
  return a[same] === b[same + 1] && a[same + 1] === b[same] && a.slice(same + 2) === b.slice(same + 2)
}

function reverse(word: string): string {
  return Array.from(word).toReversed().join('')
}
