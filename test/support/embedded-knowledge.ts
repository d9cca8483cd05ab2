/** Documents with their words and vectors in one database, as the knowledge object has them, on node:sqlite. */
import { chunkDocument } from '../../src/knowledge/chunk.ts'
import { type DocumentChange, removeDocument, writeDocument } from '../../src/knowledge/index/documents.ts'
import { EmbeddedVectors } from '../../src/knowledge/index/embedded-vectors.ts'
import { EmbeddingQueue, type EmbeddingSpace } from '../../src/knowledge/index/embedding-queue.ts'
import { SCHEMA } from '../../src/knowledge/index/schema.ts'
import { migrate } from '../../src/lib/migrate.ts'
import { nodeSql } from './node-sql.ts'

export const NOW = Date.UTC(2026, 10, 23)
export const DIMENSIONS = 256
export const SPACE: EmbeddingSpace = { model: 'embed', dimensions: DIMENSIONS, store: 'embedded' }

export const ARTICLES = {
  refunds: 'We pay a refund within five days after the item came back to our warehouse.',
  postage: 'Every parcel leaves our warehouse by courier on the day of the order.',
  leaving: 'You can terminate the contract at the end of each month in the account settings.',
  hours: 'Our shops are open from nine to six, on Saturdays until four.',
}

export function embeddedKnowledge(documents: Record<string, string> = ARTICLES) {
  const storage = nodeSql()
  migrate(storage, SCHEMA)
  const { sql } = storage
  const queue = new EmbeddingQueue(storage)
  const vectors = new EmbeddedVectors(storage, DIMENSIONS)
  const changed = (change: DocumentChange | undefined) => {
    if (!change) return
    queue.remove(change.removedChunks)
    vectors.removeChunks(change.removedChunks)
    queue.add(change.document)
  }
  const remove = (id: string) => storage.transactionSync(() => changed(removeDocument(sql, id)))
  const put = (id: string, content: string) =>
    storage.transactionSync(() => {
      const document = { id, title: id, format: 'text' as const, content }
      changed(writeDocument(sql, document, chunkDocument(document), 'hash', NOW))
    })
  for (const [id, content] of Object.entries(documents)) put(id, content)
  const documentOf = (chunk: number) =>
    sql
      .exec<{ id: string }>('select d.id from chunks c join documents d on d.rowid = c.document where c.id = ?', chunk)
      .toArray()[0]?.id
  return { storage, queue, vectors, put, remove, documentOf }
}
