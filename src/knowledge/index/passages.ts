import type { Sql } from '../../lib/migrate.ts'
import type { Passage } from '../../models/evidence.ts'
import { SATURATION } from './counter.ts'
import type { Ranked } from './hybrid.ts'
import type { WeighedTerm } from './weigh.ts'

/** A second chunk of a document is shown when its value is at least this share of that of the document's best. */
const SECOND_SHARE = 0.8
/** Which part of the question a title must say for its document's beginning to be shown. */
const NAMED_SHARE = 0.8

interface Limits {
  limit: number
  /** Of passage text in total, in UTF-16 units. */
  maxChars: number
}

type Row = {
  chunk: number
  ordinal: number
  start: number
  text: string
  headings: string
  id: string
  title: string
  url: string | null
  content_hash: string
}

/** The passages to show for what was found, best first: at most two of one document, within the limits. */
export function choosePassages(
  sql: Sql,
  ranked: readonly Ranked[],
  terms: readonly WeighedTerm[],
  { limit, maxChars }: Limits,
): Passage[] {
  const chosen = chooseChunks(ranked, terms, Math.min(limit, 50))
  if (chosen.length === 0) return []
  const rows = new Map(
    sql
      .exec<Row>(
        `select chunks.id as chunk, ordinal, start, text, headings, documents.id, title, url, content_hash
       from chunks join documents on documents.rowid = chunks.document
       where chunks.id in (${chosen.map(() => '?').join(', ')})`,
        ...chosen.map(({ chunk }) => chunk.id),
      )
      .toArray()
      .map((row) => [row.chunk, row]),
  )
  const whole = SATURATION * terms.reduce((sum, { weight }) => sum + weight, 0)
  const passages: Passage[] = []
  let left = maxChars
  for (const { chunk, score } of chosen) {
    const row = rows.get(chunk.id)
    if (row === undefined || left <= 0 || (passages.length > 0 && row.text.length > left)) continue
    const text = row.text.slice(0, left)
    left -= text.length
    const headings = readHeadings(row.headings)
    const here = new Set([...chunk.title, ...chunk.body])
    passages.push({
      documentId: row.id,
      title: row.title,
      ...(row.url === null ? {} : { url: row.url }),
      headings,
      text,
      start: row.start,
      ordinal: row.ordinal,
      score: whole > 0 ? Math.min(1, score / whole) : 0,
      contentHash: row.content_hash,
      matched: terms.filter(({ hash }) => here.has(hash)).map(({ term }) => term),
    })
  }
  return passages
}

function chooseChunks(ranked: readonly Ranked[], terms: readonly WeighedTerm[], limit: number): Ranked[] {
  const best = new Map<number, { value: number; shown: number }>()
  const chosen: Ranked[] = []
  for (const one of ranked) {
    if (chosen.length >= limit) break
    const document = best.get(one.chunk.document)
    if (document === undefined) {
      const lead = chosen.length === 0 && limit > 1 ? leadOf(one, ranked, terms) : undefined
      best.set(one.chunk.document, { value: one.value, shown: lead ? 2 : 1 })
      if (lead) chosen.push(lead)
    } else if (document.shown < 2 && one.value >= SECOND_SHARE * document.value) document.shown++
    else continue
    chosen.push(one)
  }
  return chosen
}

/** A document that is named like the question answers it at its beginning, wherever its words stand most often. */
function leadOf({ chunk }: Ranked, ranked: readonly Ranked[], terms: readonly WeighedTerm[]): Ranked | undefined {
  if (chunk.ordinal === 0) return undefined
  const title = new Set(chunk.title)
  const asked = terms.filter(({ synonym }) => !synonym)
  const named = asked.filter(({ hash }) => title.has(hash))
  if (named.length === 0 || sum(named) < NAMED_SHARE * sum(asked)) return undefined
  return ranked.find((other) => other.chunk.document === chunk.document && other.chunk.ordinal === 0)
}

const sum = (terms: readonly WeighedTerm[]) => terms.reduce((total, { weight }) => total + weight, 0)

function readHeadings(json: string): string[] {
  const parsed: unknown = JSON.parse(json)
  return Array.isArray(parsed) ? parsed.filter((heading) => typeof heading === 'string') : []
}
