import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the bundled Worker, built once a run. */
    workerDir: string
  }
}

const ROOT = join(import.meta.dirname, '../..')

/** Bundles the Worker once, as `wrangler deploy` would, for all test files that start one. */
export default function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'flexyagents-worker-'))
  const wrangler = join(ROOT, 'node_modules/wrangler/wrangler-dist/cli.js')
  const built = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  if (built.status !== 0) throw new Error(`the Worker does not build:\n${built.stdout}\n${built.stderr}`)
  project.provide('workerDir', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
