import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { ROOT } from './home.ts'

/** Runs statements on the deployed D1, all or none. They go by a private file: process lists show arguments. */
export async function executeRemotely(statements: string[]): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'flexyagents-'))
  try {
    const file = path.join(folder, 'statements.sql')
    await writeFile(file, `${statements.join('\n')}\n`, { mode: 0o600 })
    const wrangler = createRequire(import.meta.url).resolve('wrangler')
    const args = [wrangler, 'd1', 'execute', 'DB', '--remote', '--yes', '--file', file]
    // Standard output is for the key; what wrangler says is for the person who waits.
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['inherit', process.stderr, 'inherit'] })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error('wrangler d1 execute failed, so nothing was created. Its reason is above.')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The rows of a question to the deployed D1, which must hold nothing secret: process lists show arguments. */
export async function queryRemotely<Row>(query: string): Promise<Row[]> {
  const wrangler = createRequire(import.meta.url).resolve('wrangler')
  const args = [wrangler, 'd1', 'execute', 'DB', '--remote', '--yes', '--json', '--command', query]
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['inherit', 'pipe', 'inherit'] })
  const output = (await child.stdout.setEncoding('utf8').toArray()).join('')
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error('wrangler d1 execute failed. Its reason is above.')
  const [answer] = JSON.parse(output) as { results: Row[] }[]
  return answer?.results ?? []
}
