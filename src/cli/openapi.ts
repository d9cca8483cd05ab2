// Writes openapi.json from the contracts; with --check says whether the file is still what they make.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeApi } from './describe-api.ts'

const ROOT = join(import.meta.dirname, '../..')
const FILE = join(ROOT, 'openapi.json')
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
  version: string
}
const made = `${JSON.stringify(describeApi(version), null, 2)}\n`

if (process.argv.includes('--check')) {
  const present = await readFile(FILE, 'utf8').catch(() => '')
  if (present !== made) {
    console.error('openapi.json is not what the contracts make. Run: npm run openapi')
    process.exit(1)
  }
} else {
  await writeFile(FILE, made)
}
