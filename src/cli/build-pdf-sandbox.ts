// Writes the PDF sandbox as compressed text that the Worker's bundle takes in. Run by wrangler before it bundles
// ([build] in wrangler.toml) and by the tests; does nothing when its sources are older than what it wrote.
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const EXTRACT = join(import.meta.dirname, '../knowledge/extract')
const OUTPUT = join(EXTRACT, 'pdf-sandbox.generated.js')

export async function buildPdfSandbox(): Promise<void> {
  const library = createRequire(import.meta.url).resolve('unpdf')
  const sources = readdirSync(EXTRACT)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(EXTRACT, name))
  const newest = Math.max(...[library, ...sources].map((path) => statSync(path).mtimeMs))
  if (existsSync(OUTPUT) && statSync(OUTPUT).mtimeMs > newest) return
  const { outputFiles } = await build({
    entryPoints: [join(EXTRACT, 'pdf-sandbox.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'esnext',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['module', 'main'],
    external: ['node:*', 'cloudflare:*'],
    legalComments: 'none',
    logLevel: 'error',
    write: false,
  })
  const script = outputFiles[0]?.contents
  if (!script) throw new Error('esbuild wrote nothing')
  // A string, because a module of bytes would have to be uploaded beside the bundle.
  writeFileSync(OUTPUT, `export default '${gzipSync(script, { level: 9 }).toString('base64')}'\n`)
}

if (import.meta.main) await buildPdfSandbox()
