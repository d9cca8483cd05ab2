import { HashedChunks } from '../../../src/knowledge/index/hashed-chunks.ts'
import { type Found, LexicalSearch as Product } from '../../../src/knowledge/index/lexical.ts'
import { Query } from '../../../src/knowledge/index/query.ts'
import type { Sql } from '../../../src/lib/migrate.ts'
import type { QueryText } from '../../../src/models/evidence.ts'

export * from '../../../src/knowledge/index/lexical.ts'

/** What a plain full-text search would answer. Whether it answers at all is judged as in the product. */
export class LexicalSearch extends Product {
  readonly #database: Sql

  constructor(database: Sql) {
    super(database)
    this.#database = database
  }

  override search(texts: readonly QueryText[]): Found {
    const found = super.search(texts)
    const match = [...new Query(texts).terms.keys()].map((term) => `"${term}"`).join(' OR ')
    if (match === '') return found
    const query = `select rowid as id, -bm25(terms, 3, 1) as score from terms where terms match ? order by 2 desc limit 200`
    const rows = this.#database.exec<{ id: number; score: number }>(query, match).toArray()
    const chunks = new Map(
      new HashedChunks(this.#database).some(rows.map(({ id }) => id)).map((chunk) => [chunk.id, chunk]),
    )
    const ranked = rows.flatMap(({ id, score }) => {
      const chunk = chunks.get(id)
      return chunk ? [{ chunk, score }] : []
    })
    return { ...found, ranked }
  }
}
