import { join } from 'node:path'
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// The tests never ask the network for what the real platform would put into request.cf.
process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= 'false'

const root = join(import.meta.dirname, '..')

/** Secrets that exist in tests only. */
const bindings = { KEK_CURRENT: 'test', KEK_test: '07'.repeat(32) }

export default defineConfig({
  test: {
    projects: [
      // Rules of the repository: in seconds, part of `npm run verify`.
      { root, test: { name: 'rules', include: ['test/rules/**/*.node.test.ts'] } },
      // In Node: pure code, and the whole Worker on workerd behind real HTTP.
      {
        root,
        test: {
          name: 'node',
          include: ['test/**/*.node.test.ts'],
          exclude: ['test/rules/**'],
          globalSetup: ['test/support/build-worker.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      // Inside workerd, where the clock can be faked under the Durable Objects.
      {
        root,
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: join(root, 'wrangler.toml') },
            miniflare: {
              bindings: { ...bindings, TEST_MIGRATIONS: await readD1Migrations(join(root, 'migrations')) },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/**/*.worker.test.ts'],
          globalSetup: ['test/support/build-generated.ts'],
          testTimeout: 60_000,
        },
      },
      // Long ones with faults and floods: `npm run test:faults`.
      {
        root,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.fault.ts'],
          globalSetup: ['test/support/build-worker.ts'],
          testTimeout: 600_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
