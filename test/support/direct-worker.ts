import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from 'miniflare'
import { inject } from 'vitest'
import { applyMigrations } from '../../src/cli/d1-migrations.ts'
import { productOptions } from '../bench/miniflare.ts'
import { NOWHERE, SECRETS, type Settings, type TestWorker } from './worker.ts'

/**
 * The whole Worker with sockets of its own both ways. Wrangler's harness fetches for the Worker from this process, so a
 * provider behind it never sees that the Worker has hung up; here it does, as in production. It is also the faster one.
 * With `state`, a folder, what is stored outlives the Worker.
 */
export async function startDirectWorker({ vars, secrets, state }: Settings & { state?: string } = {}) {
  const logs: string[] = []
  const limits = { OPENAI_BASE_URL: NOWHERE, RATE_LIMIT_PER_IP: '1000000', RATE_LIMIT_PER_KEY: '1000000' }
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: '127.0.0.1',
      cf: false,
      ...(state === undefined ? {} : { resourcePersistencePath: state }),
      handleStructuredLogs: ({ message }) => void logs.push(message),
      workers: [
        {
          name: 'worker',
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          modules: [
            {
              type: 'ESModule',
              path: 'index.js',
              contents: readFileSync(join(inject('workerDir'), 'index.js'), 'utf8'),
            },
          ],
          ...productOptions({ ...limits, ...vars, ...SECRETS, ...secrets }),
        } as V4WorkerOptions,
      ],
    }),
    enableDevRegistry: false,
  })
  await miniflare.ready
  const { origin } = await miniflare.unsafeGetDirectURL('worker')
  const DB = (await miniflare.getD1Database('DB')) as D1Database
  await applyMigrations(DB)
  // What `createWorkspace` and tests of the transcript ask of a Worker.
  const worker: Pick<TestWorker, 'baseUrl' | 'env'> = { baseUrl: origin, env: { DB } }
  const sweep = async () => {
    const fetcher = (await miniflare.getWorker('worker')) as unknown as {
      scheduled: (tick: object) => Promise<unknown>
    }
    await fetcher.scheduled({ cron: '*/5 * * * *' })
  }
  return { ...(worker as TestWorker), logs, sweep, close: () => miniflare.dispose() }
}
