import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyMigrations } from '../../src/cli/d1-migrations.ts'
import { bundleEntry } from '../bench/bundle.ts'
import type { Counts } from '../bench/counting.ts'
import { productOptions, startMiniflare } from '../bench/miniflare.ts'
import { startFakeOpenAI } from './fake-openai.ts'
import { SECRETS, type TestWorker } from './worker.ts'

/** The whole Worker with its bindings counted, a fake model behind it, and fresh storage. */
export async function startCountedWorker() {
  const folder = mkdtempSync(join(tmpdir(), 'flexyagents-counted-'))
  const openai = await startFakeOpenAI()
  const options = productOptions({
    ...SECRETS,
    OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-test',
    DEFAULT_MODEL: 'fake',
    RATE_LIMIT_PER_IP: '1000000',
    RATE_LIMIT_PER_KEY: '1000000',
  })
  const { miniflare, baseUrl } = await startMiniflare({
    script: await bundleEntry(join(import.meta.dirname, '../bench/counted-worker.ts'), join(folder, 'index.js')),
    options: {
      ...options,
      durableObjects: { ...options.durableObjects, PROBE: { className: 'StorageProbe', useSQLite: true } },
    },
  })
  const DB = (await miniflare.getD1Database('DB')) as D1Database
  await applyMigrations(DB)
  // What `createWorkspace` asks of a Worker.
  const worker = { baseUrl, env: { DB } } as TestWorker
  return {
    worker,
    /** What was asked of the platform since the last call. */
    async take(): Promise<{ beforeFirstToken: Counts; after: Counts }> {
      const response = await fetch(`${baseUrl}/__counts`)
      return (await response.json()) as { beforeFirstToken: Counts; after: Counts }
    },
    async close() {
      await miniflare.dispose()
      await openai.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
