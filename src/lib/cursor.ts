import { fromBase64Url, toBase64Url, text, utf8 } from './bytes.ts'
import { type IdPrefix, isId } from './ids.ts'
import { problem } from './problem.ts'

export type Page<T> = { data: T[]; pagination: { nextCursor: string | null; hasMore: boolean } }

/** The id after which the next page of `prefix` ids starts; undefined for the first page. Throws INVALID_CURSOR. */
export function readCursor(prefix: IdPrefix, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  try {
    const id = text(fromBase64Url(cursor))
    if (isId(prefix, id)) return id
  } catch {
    // Not base64: told below like every other foreign cursor.
  }
  throw problem('INVALID_CURSOR', { param: 'cursor' })
}

/** A page from rows of which one more than `limit` were asked for. */
export function toPage<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  const data = rows.slice(0, limit)
  const hasMore = rows.length > limit
  const last = data.at(-1)
  return { data, pagination: { nextCursor: hasMore && last ? toBase64Url(utf8(last.id)) : null, hasMore } }
}
