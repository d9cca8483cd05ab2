import { termOf } from '../../lib/analyse.ts'
import type { Sql } from '../../lib/migrate.ts'
import type { QueryText } from '../../models/evidence.ts'
import { evidenceScore, JUDGED, wordsShared } from './evidence-score.ts'
import { Frequencies } from './frequencies.ts'
import { type HashedChunk, HashedChunks, IN_MEMORY } from './hashed-chunks.ts'
import { Query } from './query.ts'
import { type Averages, rescore, type Scored } from './rescore.ts'
import { repairWord } from './spelling.ts'
import { type WeighedQuery, type WeighedTerm, weigh } from './weigh.ts'

const CANDIDATES = 200
const ENOUGH = 100
/**
 * FTS5 scores every chunk that has a term: those in more than this share of the chunks cost most and need not propose
 * candidates when others do. nDCG@10 is the same without them, the time a third.
 */
const COMMON_SHARE = 0.2
/** So many of the rarest terms propose; all terms score what was proposed. */
const PROPOSING = 12
/** Words of the last answer are not the visitor's and are never misspelt. */
const REPAIRED_FROM_WEIGHT = 0.3
/** Each look-up reads some hundred rows; who misspells more words than this is not asking. */
const MOST_REPAIRED = 12

export interface Found {
  /** Best first. */
  ranked: Scored[]
  score: number
  terms: WeighedTerm[]
  repaired: ReadonlyMap<string, string>
}

interface Totals {
  epoch: number
  chunks: number
  title_length: number
  body_length: number
}

/** Two-stage lexical search over the tables of `SCHEMA`; `forget` what it remembers after every change. */
export class LexicalSearch {
  readonly #sql: Sql
  readonly #frequencies: Frequencies
  readonly #chunks: HashedChunks
  #totals: Totals | undefined

  constructor(sql: Sql) {
    this.#sql = sql
    this.#frequencies = new Frequencies(sql)
    this.#chunks = new HashedChunks(sql)
  }

  forget(): void {
    this.#frequencies.forget()
    this.#chunks.forget()
    this.#totals = undefined
  }

  totals(): Totals {
    this.#totals ??= this.#sql.exec<Totals & Record<string, number>>('select * from totals').toArray()[0]
    return this.#totals ?? { epoch: 0, chunks: 0, title_length: 0, body_length: 0 }
  }

  /** Those of the chunks that exist, in this order. */
  chunks(ids: readonly number[]): HashedChunk[] {
    return ids.length === 0 ? [] : this.#chunks.some(ids)
  }

  search(texts: readonly QueryText[]): Found {
    const totals = this.totals()
    const typed = new Query(texts)
    if (typed.terms.size === 0 || totals.chunks === 0) return { ranked: [], score: 0, terms: [], repaired: new Map() }
    this.#frequencies.load(typed.terms.keys())
    const repaired = this.#repair(typed)
    const query = repaired.size === 0 ? typed : new Query(texts, repaired)
    const weighed = weigh(query, this.#frequencies, totals.chunks)
    const averages = { title: totals.title_length / totals.chunks, body: totals.body_length / totals.chunks }
    const ranked = rescore(this.#candidates(weighed, totals.chunks), weighed.terms, weighed.pairs, averages)
    return {
      ranked,
      score: this.#judge(texts, repaired, ranked.slice(0, JUDGED), weighed, averages),
      terms: weighed.terms,
      repaired,
    }
  }

  #repair(query: Query): Map<string, string> {
    const repaired = new Map<string, string>()
    let looked = 0
    for (const { term, word, weight } of query.terms.values()) {
      if (word === '' || weight < REPAIRED_FROM_WEIGHT || this.#frequencies.of(term) > 0) continue
      if (++looked > MOST_REPAIRED) break
      const meant = repairWord(this.#sql, word, this.#frequencies)
      if (meant === undefined) continue
      repaired.set(word, meant)
      this.#frequencies.load([termOf(meant)])
    }
    return repaired
  }

  #candidates({ terms }: WeighedQuery, chunks: number): Iterable<HashedChunk> {
    const known = terms.filter(({ term }) => this.#frequencies.of(term) > 0)
    if (known.length === 0) return []
    if (chunks <= IN_MEMORY) return this.#chunks.all()
    // Terms are letters, marks and digits only; quoted all the same, because AND, OR and NEAR are FTS5's own words.
    const match = this.#proposing(known, chunks)
      .map(({ term }) => `"${term}"`)
      .join(' OR ')
    const query = `select rowid as id from terms where terms match ? order by bm25(terms, 3, 1) limit ${CANDIDATES}`
    return this.#chunks.some(
      this.#sql
        .exec<{ id: number }>(query, match)
        .toArray()
        .map((row) => row.id),
    )
  }

  #proposing(known: WeighedTerm[], chunks: number): WeighedTerm[] {
    const asked = known.filter(({ synonym }) => !synonym)
    const rare = asked.filter(({ term }) => this.#frequencies.of(term) <= COMMON_SHARE * chunks)
    const proposed = rare.reduce((sum, { term }) => sum + this.#frequencies.of(term), 0)
    if (proposed >= ENOUGH) return rare.slice(0, PROPOSING)
    return asked.length > 0 ? asked : known
  }

  #judge(
    texts: readonly QueryText[],
    repaired: ReadonlyMap<string, string>,
    best: readonly Scored[],
    all: WeighedQuery,
    averages: Averages,
  ): number {
    const { chunks } = this.totals()
    const heaviest = Math.max(...texts.map(({ weight }) => weight))
    const latest = new Query(
      texts.filter(({ weight }) => weight === heaviest),
      repaired,
    )
    const alone = latest.terms.size === 0 || latest.terms.size === all.asked
    if (alone)
      return evidenceScore(
        best.slice(0, 1).map(({ chunk, score }) => ({ all: score, latest: score, shared: wordsShared(latest, chunk) })),
        { all: all.whole, latest: all.whole },
        chunks,
      )
    const weighed = weigh(latest, this.#frequencies, chunks)
    const again = rescore(
      best.map(({ chunk }) => chunk),
      weighed.terms,
      weighed.pairs,
      averages,
    )
    const scores = new Map(again.map(({ chunk, score }) => [chunk.id, score]))
    const judged = best.map(({ chunk, score }) => ({
      all: score,
      latest: scores.get(chunk.id) ?? 0,
      shared: wordsShared(latest, chunk),
    }))
    return evidenceScore(judged, { all: all.whole, latest: weighed.whole }, chunks)
  }
}
