// How runs begin. Apart from what they do, because that needs the readers of all formats, which are loaded later.
import type { SqlStore } from '../../lib/migrate.ts'
import { normalizeUrl } from '../crawl/frontier.ts'
import type { Journal } from './journal.ts'
import type { SiteConfig } from './site-work.ts'

/** The one row of a file in the journal of pages. */
export const FILE = 'file:'
export const MAX_FILE = 25 * 1024 * 1024
/** A value in a Durable Object's SQLite holds at most 2 MB. */
const PART = 1_000_000

export const startOf = ({ site }: SiteConfig) => normalizeUrl(site.url) ?? site.url

/** Prepares a run: everything known and the start are due. */
export function openSite(journal: Journal, config: SiteConfig): void {
  journal.requeueAll()
  journal.addPage(startOf(config), 0, 0, Number.MAX_SAFE_INTEGER)
}

/** Keeps the bytes, in place of any that are still there; they are forgotten as soon as they are read. */
export function openFile(storage: SqlStore, journal: Journal, bytes: Uint8Array): void {
  storage.sql.exec('delete from parts')
  for (let at = 0; at < bytes.length; at += PART) {
    storage.sql.exec('insert into parts values (?, ?)', at / PART, bytes.slice(at, at + PART).buffer)
  }
  journal.requeueAll()
  journal.addPage(FILE, 0, 0, Number.MAX_SAFE_INTEGER)
}
