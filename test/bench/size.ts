// How large the Worker is: what is loaded when it starts, and what only a dynamic import brings.
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ESBUILD, read, ROOT } from './bundle.ts'
import { LIMITS } from './models.ts'
import type { Table } from './table.ts'

type Part = { name: string; bytes: number; gzip: number }

export async function measureSize(): Promise<{ eager: Part; lazy: Part[] }> {
  const built = await build({
    ...ESBUILD,
    entryPoints: [join(ROOT, 'src/index.ts')],
    absWorkingDir: ROOT,
    minify: true,
    splitting: true,
    metafile: true,
    write: false,
    outdir: 'out',
  })
  const outputs = built.metafile?.outputs ?? {}
  const contents = new Map((built.outputFiles ?? []).map((file) => [basename(file.path), file.contents]))
  const eager = new Set<string>()
  const walk = (name: string) => {
    if (eager.has(name)) return
    eager.add(name)
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && outputs[path]) walk(path)
  }
  walk('out/index.js')
  const part = (names: string[], name: string): Part => {
    const all = Buffer.concat(names.map((one) => contents.get(basename(one)) ?? Buffer.alloc(0)))
    return { name, bytes: all.length, gzip: gzipSync(all).length }
  }
  const lazy = Object.entries(outputs)
    .filter(([name]) => !eager.has(name))
    .map(([name, { inputs }]) => part([name], `lazy: ${largest(inputs)}`))
  return { eager: part([...eager], 'eager'), lazy: lazy.toSorted((a, b) => b.gzip - a.gzip) }
}

/** The input that a chunk mostly consists of, by the name of its package. */
function largest(inputs: Record<string, { bytesInOutput: number }>): string {
  const [path = ''] = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)[0] ?? []
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
}

const kb = (bytes: number) => (bytes / 1024).toFixed(1)

/** `bundle` is the file that would be uploaded, with everything in it. */
export function sizeTable({ eager, lazy }: Awaited<ReturnType<typeof measureSize>>, bundle: string): Table {
  const uploaded = { name: 'as uploaded', bytes: statSync(bundle).size, gzip: gzipSync(read(bundle)).length }
  const isSmall = eager.gzip <= LIMITS.eagerKb * 1024
  const rows = [eager, ...lazy, uploaded].map((part) => [part.name, kb(part.bytes), kb(part.gzip), ''])
  rows[0]?.splice(3, 1, isSmall ? 'ok' : 'OVER')
  return { title: `Size, minified (limit ${LIMITS.eagerKb} KB gzip, eager)`, head: ['', 'KB', 'KB gzip', ''], rows }
}
