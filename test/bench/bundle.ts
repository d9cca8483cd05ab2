import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'

export const ROOT = join(import.meta.dirname, '../..')

/** What workerd brings along, and how packages name the build for it. */
export const ESBUILD: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'esnext',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['module', 'main'],
  // `stream` is Node's, named without its prefix by papaparse.
  external: ['node:*', 'cloudflare:*', 'stream'],
  legalComments: 'none',
  logLevel: 'error',
}

/** The Worker exactly as `wrangler deploy` would upload it. `root` may be a scratch copy of the repository. */
export function bundleProduct(folder: string, root = ROOT): string {
  const wrangler = join(ROOT, 'node_modules/wrangler/wrangler-dist/cli.js')
  const built = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
  if (built.status !== 0) throw new Error(`the Worker does not build:\n${built.stdout}\n${built.stderr}`)
  return join(folder, 'index.js')
}

/** A Worker of the benchmark itself: its entry and all that it imports, in one file. */
export async function bundleEntry(entry: string, outfile: string): Promise<string> {
  await build({ ...ESBUILD, entryPoints: [entry], outfile })
  return outfile
}

export const read = (file: string): string => readFileSync(file, 'utf8')
