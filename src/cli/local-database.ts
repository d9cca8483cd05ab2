import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { ROOT, STATE } from './home.ts'

export type LocalDatabase = D1Database

/**
 * Opens the local D1 as `wrangler d1 execute --local` does, but in this process: a wrangler start would cost two
 * seconds. It can be open while `wrangler dev` runs; SQLite's locks keep the two apart.
 */
export async function withLocalDatabase<T>(use: (db: LocalDatabase) => Promise<T>): Promise<T> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: '',
      d1Databases: { DB: await localDatabaseId() },
      // The folder below it is wrangler's format version, the same one that --persist-to gets.
      resourcePersistencePath: path.join(STATE, 'v3'),
    }),
  )
  try {
    // Miniflare speaks of types that are not installed; it is the binding that the Worker gets.
    return await use((await miniflare.getD1Database('DB')) as LocalDatabase)
  } finally {
    await miniflare.dispose()
  }
}

/** Wrangler names the local database by its id, so a configured one has to be found where it will look. */
async function localDatabaseId(): Promise<string> {
  const config = await readFile(path.join(ROOT, 'wrangler.toml'), 'utf8')
  const idOf = (field: string) => new RegExp(`^\\s*${field}\\s*=\\s*["']([^"']+)["']`, 'm').exec(config)?.[1]
  return idOf('preview_database_id') ?? idOf('database_id') ?? 'DB'
}
