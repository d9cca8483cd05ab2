import { print } from '../bench/table.ts'
import { answersTable, comparisonTable, rankingTable, type Result, speedTable } from './tables.ts'

/** Prints what was measured, and what is odd about the files. */
export function report(results: readonly Result[]): void {
  for (const table of [rankingTable(results), answersTable(results), speedTable(results), comparisonTable(results)])
    if (table.rows.length > 0) print(table)
  for (const [name, lines] of oddities(results)) {
    console.log(`\nOdd in ${name}:`)
    for (const line of lines) console.log(`  ${line}`)
  }
}

function oddities(results: readonly Result[]): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>()
  for (const { set, indexed, name } of results) {
    const known = new Set(indexed.ids.values())
    const named = [...set.labels.values()].flatMap((labels) => [...labels.keys()])
    const unknown = named.filter((id) => !known.has(id)).length
    const lines = [...set.remarks.lines(), ...indexed.remarks.lines()]
    if (unknown > 0)
      lines.push(`labels that name a document which the corpus does not have: ${unknown} of ${named.length}`)
    if (lines.length > 0) all.set(name, new Set([...(all.get(name) ?? []), ...lines]))
  }
  return all
}
