import { sha256Hex } from '../../lib/crypto.ts'
import type { KnowledgeIndex } from '../index/knowledge-index.ts'
import type { Journal, PageRow } from './journal.ts'
import type { SourceOwner } from './source.ts'

export type Index = Pick<DurableObjectStub<KnowledgeIndex>, 'putDocument' | 'deleteDocument' | 'stats'>

export type Publication = { title: string; format: 'markdown' | 'text'; content: string; url: string | undefined }

/** The same page of the same source always makes the same document, so putting it twice is harmless. */
export async function documentIdOf(sourceId: string, url: string): Promise<string> {
  return `doc_${(await sha256Hex(`${sourceId}\n${url}`)).slice(0, 32)}`
}

/** To be called in a transaction before `putDocument`: from now on the document may be in the index. */
export function claim(journal: Journal, row: PageRow, document: string, hash: string): void {
  journal.change(row.seq, { document, content_hash: hash, in_flight: 1, etag: null, last_modified: null })
}

export async function put(index: Index, id: string, { url, ...document }: Publication): Promise<void> {
  await index.putDocument({ id, ...document, ...(url === undefined ? {} : { url }) })
}

/** How many more documents the agent may get; other sources that run at the same time are not foreseen. */
export async function roomIn(index: Index, { maxDocuments }: SourceOwner): Promise<number> {
  if (maxDocuments === undefined) return Number.POSITIVE_INFINITY
  return maxDocuments - (await index.stats()).documents
}

const DELETED_AT_ONCE = 10

/** Takes documents out of the index, then out of the journal: whoever dies in between does it again. */
export async function withdraw(
  index: Index,
  journal: Journal,
  documents: { seq: number; document: string }[],
): Promise<void> {
  for (let at = 0; at < documents.length; at += DELETED_AT_ONCE) {
    const some = documents.slice(at, at + DELETED_AT_ONCE)
    await Promise.all(some.map(({ document }) => index.deleteDocument(document)))
    journal.transact(() => {
      for (const { seq } of some) journal.forgetDocument(seq)
    })
  }
}
