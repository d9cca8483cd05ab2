import type { Embedder } from '../../models/embedder.ts'
import type { EmbeddingQueue } from './embedding-queue.ts'
import type { VectorIndex } from './vector-index.ts'

/** As many as an embedder takes in one request; less than a second's work. */
const BATCH = 256
/** Vectorize shows changes after a few seconds. */
const SYNC_AGAIN = 5_000

/**
 * One step of background indexing, for the object's alarm: a batch of chunks gets vectors. Never throws for what a
 * provider or the index does. Answers when to come again in epoch milliseconds; undefined when all is done.
 */
export async function embedPending(
  queue: EmbeddingQueue,
  embedder: Embedder,
  vectors: VectorIndex,
  now = Date.now(),
): Promise<number | undefined> {
  const jobs = queue.take(BATCH, now)
  if (jobs.length > 0) {
    try {
      const embedded = await embedder.embed(jobs.map(({ text }) => text))
      const current = queue.current(jobs)
      const entries = jobs.flatMap(({ id, chunkId, document }, at) => {
        const values = embedded[at]
        return values !== undefined && current.has(id) ? [{ id, chunkId, document, values }] : []
      })
      await vectors.upsert(entries)
      queue.done(entries)
    } catch (error) {
      queue.fail(jobs, error, now)
    }
  }
  const due = queue.nextDue()
  const synced = await vectors.sync().catch(() => false)
  return synced ? due : Math.min(due ?? Infinity, now + SYNC_AGAIN)
}
