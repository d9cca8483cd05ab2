import { join } from 'node:path'
import { createTestHarness } from 'wrangler'
import { inject } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** Secrets that exist in tests only. */
export const SECRETS = { KEK_CURRENT: 'test', KEK_test: '07'.repeat(32) }

/** Nobody listens there: a key of a test is never sent to a real provider. */
export const NOWHERE = 'http://127.0.0.1:9/v1'

export type Settings = {
  vars?: Record<string, string>
  secrets?: Record<string, string>
}

/** What tests ask of the bindings directly: rows of organizations, which no operation of the API creates. */
export type TestEnv = Pick<Env, 'DB'>

/** The whole Worker on workerd behind a real port, with fresh storage. Limits are out of the way unless set. */
export async function startWorker(settings: Settings = {}) {
  const harness = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: 'wrangler.toml',
        prebuiltWorkerDir: inject('workerDir'),
        vars: {
          OPENAI_BASE_URL: NOWHERE,
          RATE_LIMIT_PER_IP: '1000000',
          RATE_LIMIT_PER_KEY: '1000000',
          ...settings.vars,
        },
        secrets: { ...SECRETS, ...settings.secrets },
      },
    ],
  })
  const { url } = await harness.listen()
  const worker = harness.getWorker<TestEnv>()
  await worker.applyD1Migrations('DB')
  const env = await worker.getEnv()
  return { baseUrl: url.origin, env, worker, harness, close: () => harness.close() }
}

export type TestWorker = Awaited<ReturnType<typeof startWorker>>
