import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('vault:status tells what each key has sealed, and fails when one of them is missing', async () => {
  const home = await mkdtemp(join(tmpdir(), 'flexyagents-status-'))
  const node = (script: string, ...args: string[]) =>
    run(process.execPath, [join(ROOT, 'src/cli', script), ...args], { env: { ...process.env, FLEXY_HOME: home } })
  const create = () => node('create-organization.ts', '--name', 'Acme', '--plan', 'pro')
  const setSecrets = async (change: (text: string) => string) => {
    const file = join(home, '.dev.vars')
    await writeFile(file, change(await readFile(file, 'utf8')))
  }
  try {
    await create()
    await create()
    await setSecrets((text) => `${text.replace('KEK_CURRENT=k1', 'KEK_CURRENT=k2')}KEK_k2=${'08'.repeat(32)}\n`)
    await create()
    expect((await node('vault-status.ts')).stdout).toMatch(/^keys +k1 +2 +old\nkeys +k2 +1 +current\n$/)
    await setSecrets((text) => text.replace(/^KEK_k1=.*$/m, ''))
    const failed = await node('vault-status.ts').catch((error: unknown) => error as { code: number; stdout: string })
    expect(failed).toMatchObject({ code: 1 })
    expect(failed.stdout).toContain('KEK_k1 is missing')
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}, 120_000)
