import { type Analysis, analyseContent } from '../../lib/analyse.ts'
import type { Sql } from '../../lib/migrate.ts'
import type { Chunk } from '../chunk.ts'
import { hashedTexts } from './hashed-chunks.ts'
import { countWords, isRepairable } from './spelling.ts'

export interface ChunkSizes {
  chunks: number
  /** Terms of titles with headings, and of bodies. */
  title: number
  body: number
}

type Row = { id: number; ordinal: number; start: number; text: string; headings: string }

/**
 * Makes these the chunks of a document, in a transaction: those that are there already, under the same headings, keep
 * their rows, terms and vectors, and only the others are analysed. Without `titleBefore` nothing is there; with another
 * title nothing stays, as a title is searched with every chunk. Answers the ids that are gone and how sizes changed.
 */
export function replaceChunks(
  sql: Sql,
  document: number,
  chunks: readonly Chunk[],
  title: string,
  titleBefore: string | undefined,
): { removed: number[]; change: ChunkSizes } {
  const before = titleBefore === undefined ? [] : rowsOf(sql, document)
  const unmatched = Map.groupBy(titleBefore === title ? before : [], ({ headings, text }) => `${headings}\n${text}`)
  const fresh: Chunk[] = []
  const kept = new Set<number>()
  for (const chunk of chunks) {
    const row = unmatched.get(`${JSON.stringify(chunk.headings)}\n${chunk.text}`)?.shift()
    if (row === undefined) fresh.push(chunk)
    else {
      kept.add(row.id)
      if (row.ordinal !== chunk.ordinal || row.start !== chunk.start)
        sql.exec('update chunks set ordinal = ?, start = ? where id = ?', chunk.ordinal, chunk.start, row.id)
    }
  }
  const gone = before.filter(({ id }) => !kept.has(id))
  const words = new WordCounts()
  const lost = drop(sql, gone, titleBefore ?? '', words)
  const won = insert(sql, document, fresh, title, words)
  countWords(sql, words.counts)
  return {
    removed: gone.map(({ id }) => id),
    change: { chunks: won.chunks - lost.chunks, title: won.title - lost.title, body: won.body - lost.body },
  }
}

function rowsOf(sql: Sql, document: number): Row[] {
  const query = 'select id, ordinal, start, text, headings from chunks where document = ? order by ordinal'
  return sql.exec<Row>(query, document).toArray()
}

function drop(sql: Sql, rows: readonly Row[], title: string, words: WordCounts): ChunkSizes {
  const ids = JSON.stringify(rows.map(({ id }) => id))
  const which = 'in (select value from json_each(?))'
  const query = `select count(*) as chunks, coalesce(sum(length(title_terms)), 0) / 4 as title,
    coalesce(sum(length(body_terms)), 0) / 4 as body from chunks where id ${which}`
  const sizes = sql.exec<ChunkSizes & Record<string, number>>(query, ids).toArray()[0]
  const read = new AboveReader(title)
  for (const { headings, text } of rows) words.count([...read.above(headings), analyseContent(text)], -1)
  sql.exec(`delete from terms where rowid ${which}`, ids)
  sql.exec(`delete from chunks where id ${which}`, ids)
  return sizes ?? { chunks: 0, title: 0, body: 0 }
}

function insert(sql: Sql, document: number, chunks: readonly Chunk[], title: string, words: WordCounts): ChunkSizes {
  const sizes = { chunks: chunks.length, title: 0, body: 0 }
  const read = new AboveReader(title)
  for (const { ordinal, start, text, headings: path } of chunks) {
    const headings = JSON.stringify(path)
    const above = read.above(headings)
    const body = analyseContent(text)
    words.count([...above, body], 1)
    const titleTerms = hashedTexts(above.map(({ terms }) => terms))
    const bodyTerms = hashedTexts([body.terms])
    sizes.title += titleTerms.byteLength / 4
    sizes.body += bodyTerms.byteLength / 4
    const query = `insert into chunks (document, ordinal, start, text, headings, title_terms, body_terms)
      values (?, ?, ?, ?, ?, ?, ?) returning id`
    const values = [document, ordinal, start, text, headings, titleTerms, bodyTerms]
    const id = sql.exec<{ id: number }>(query, ...values).toArray()[0]?.id ?? 0
    const titleText = above.flatMap(({ terms }) => terms).join(' ')
    sql.exec('insert into terms (rowid, title, body) values (?, ?, ?)', id, titleText, body.terms.join(' '))
  }
  return sizes
}

/** Analyses the title and the headings above a chunk; those of one section are read once. */
class AboveReader {
  readonly #title: string
  #headings: string | undefined
  #above: Analysis[] = []

  constructor(title: string) {
    this.#title = title
  }

  above(headings: string): Analysis[] {
    if (headings !== this.#headings) {
      this.#above = [this.#title, ...(JSON.parse(headings) as string[])].map(analyseContent)
      this.#headings = headings
    }
    return this.#above
  }
}

/** In how many chunks more or fewer a word stands. */
class WordCounts {
  readonly counts = new Map<string, number>()

  count(chunk: readonly Analysis[], change: 1 | -1): void {
    for (const word of new Set(chunk.flatMap(({ words }) => words)))
      if (isRepairable(word)) this.counts.set(word, (this.counts.get(word) ?? 0) + change)
  }
}
