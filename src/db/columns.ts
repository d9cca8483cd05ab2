import { integer, text } from 'drizzle-orm/sqlite-core'

/** Epoch milliseconds in SQL, `Date` in code. */
export const time = (name: string) => integer(name, { mode: 'timestamp_ms' })
export const json = (name: string) => text(name, { mode: 'json' })
