import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { app } from '../../src/app.ts'
import { describeApi } from '../../src/cli/describe-api.ts'
import { contracts } from '../../src/contracts.ts'
import { honoPath } from '../../src/http/implement.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Pages for people, and what serves all operations alike. */
const UNCONTRACTED = new Set([
  'GET /docs/errors',
  'GET /dev/outbox',
  'GET /dev/outbox.json',
  'GET /auth/oidc',
  'GET /auth/oidc/callback',
  'OPTIONS /api/*',
  'ALL /*',
])

test('every route of the router is in the contract, and every operation has a route', () => {
  const operations = new Set(
    Object.values(contracts).map(({ method, path }) => `${method.toUpperCase()} ${honoPath(path)}`),
  )
  const paths = new Set(Object.values(contracts).map(({ path }) => `ALL ${honoPath(path)}`))
  const routes = new Set(app.routes.map(({ method, path }) => `${method} ${path}`))
  const undocumented = [...routes].filter(
    (route) => !operations.has(route) && !paths.has(route) && !UNCONTRACTED.has(route),
  )
  expect(undocumented).toEqual([])
  expect([...operations].filter((operation) => !routes.has(operation))).toEqual([])
})

test('openapi.json is what the contracts make (npm run openapi writes it)', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(JSON.parse(read('openapi.json'))).toEqual(JSON.parse(JSON.stringify(describeApi(version))))
})

test('the Worker is configured with the flags that its safety rests on', () => {
  const config = read('wrangler.toml')
  for (const flag of ['enable_request_signal', 'global_fetch_strictly_public', 'nodejs_compat']) {
    expect(config).toContain(`"${flag}"`)
  }
})

test('migrations are numbered without gaps', () => {
  const files = readdirSync(join(ROOT, 'migrations')).toSorted()
  expect(files.length).toBeGreaterThan(0)
  for (const [index, file] of files.entries()) {
    expect(file).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z_]+\\.sql$`))
  }
})

test('every dependency is named in the README with what it is for', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const readme = read('README.md')
  const unnamed = Object.keys(dependencies).filter((name) => !readme.includes(`\`${name}\``))
  expect(unnamed).toEqual([])
})

test('the README and the map of the code name only files and scripts that exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  for (const page of ['README.md', 'src/README.md']) {
    const text = read(page)
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts), page).toContain(script)
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), (match) => match[1] ?? '')
    for (const link of links) {
      expect(() => readFileSync(join(ROOT, page, '..', link)), `${page}: ${link}`).not.toThrow(/ENOENT/)
    }
  }
})
