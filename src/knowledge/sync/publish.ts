import { sha256Hex } from '../../lib/crypto.ts'
import type { DocumentSummary } from '../index/documents.ts'
import type { KnowledgeIndex } from '../index/knowledge-index.ts'
import type { Refused } from '../index/store.ts'
import type { Journal, PageRow } from './journal.ts'
import type { SourceOwner } from './source.ts'

export type Index = Pick<
  DurableObjectStub<KnowledgeIndex>,
  'addDocument' | 'deleteDocument' | 'contentHashes' | 'stats'
>

export type Publication = { title: string; format: 'markdown' | 'text'; content: string; url: string | undefined }

/** The same page of the same source always makes the same document, so putting it twice is harmless. */
export async function documentIdOf(sourceId: string, url: string): Promise<string> {
  return `doc_${(await sha256Hex(`${sourceId}\n${url}`)).slice(0, 32)}`
}

/** To be called in a transaction before `putDocument`: from now on the document may be in the index. */
export function claim(journal: Journal, row: PageRow, document: string, hash: string): void {
  journal.change(row.seq, { document, content_hash: hash, in_flight: 1, etag: null, last_modified: null })
}

/** A new document beyond the plan's number is refused by the index itself, whatever else puts at the same time. */
export async function put(
  index: Index,
  { maxDocuments = Number.MAX_SAFE_INTEGER }: SourceOwner,
  id: string,
  { url, ...document }: Publication,
): Promise<DocumentSummary | Refused> {
  return index.addDocument({ id, ...document, ...(url === undefined ? {} : { url }) }, maxDocuments)
}

/** To be called in a transaction: the document of this content is in the index. */
export function confirm(journal: Journal, row: PageRow, hash: string, { chunks }: DocumentSummary): void {
  journal.change(row.seq, { indexed_hash: hash, in_flight: 0, chunks })
}

/** To be called in a transaction: the index did not take the document, and still has the one from before, if any. */
export function confirmRefusal(journal: Journal, row: PageRow): void {
  if (row.document === null) journal.forgetDocument(row.seq)
  else journal.change(row.seq, { content_hash: row.content_hash, in_flight: row.in_flight })
}

export const REFUSALS: Record<Refused, string> = { full: 'document-limit', 'too-many-sections': 'too-many-sections' }

/** How many more documents the agent may get; other sources that run at the same time are not foreseen. */
export async function roomIn(index: Index, { maxDocuments }: SourceOwner): Promise<number> {
  if (maxDocuments === undefined) return Number.POSITIVE_INFINITY
  return maxDocuments - (await index.stats()).documents
}

/** Documents of these rows that are in the index no more: somebody may have deleted one by hand. */
export async function missingOf(index: Index, rows: readonly PageRow[]): Promise<ReadonlySet<string | null>> {
  const ids = rows.flatMap(({ document }) => document ?? [])
  if (ids.length === 0) return new Set()
  const held = await index.contentHashes(ids)
  return new Set(ids.filter((id) => !Object.hasOwn(held, id)))
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

const LISTED_AT_ONCE = 200

export async function withdrawAll(index: Index, journal: Journal): Promise<void> {
  for (;;) {
    const documents = journal.documents(LISTED_AT_ONCE)
    if (documents.length === 0) return
    await withdraw(index, journal, documents)
  }
}
