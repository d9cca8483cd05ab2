import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const SRC = join(import.meta.dirname, '../../src')

/** Floors of the house. Imports go down: never up, never to another room of the same floor. */
const FLOORS: Record<string, number> = {
  lib: 0,
  db: 1,
  'context.ts': 2,
  'runtime.ts': 3,
  http: 3,
  events: 3,
  organizations: 4,
  audit: 4,
  mail: 4,
  vault: 5,
  agents: 5,
  usage: 5,
  identity: 5,
  access: 6,
  models: 6,
  knowledge: 7,
  conversations: 8,
  chat: 9,
  'sealed-tables.ts': 10,
  privacy: 10,
  docs: 11,
  dashboard: 11,
  'contracts.ts': 12,
  'jobs.ts': 12,
  'router.ts': 13,
  'app.ts': 14,
  'index.ts': 15,
  // Command-line tools on Node: may read everything, nothing reads them.
  cli: 20,
}

/** A table is imported only by the room that owns it, and by the tools that create an organization. */
const TABLE_OWNERS: Record<string, string> = {
  'db/schema/access.ts': 'access',
  'db/schema/agents.ts': 'agents',
  'db/schema/conversations.ts': 'conversations',
  'db/schema/events.ts': 'events',
  'db/schema/identity.ts': 'identity',
  'db/schema/knowledge.ts': 'knowledge',
  'db/schema/mail.ts': 'mail',
  'db/schema/organizations.ts': 'organizations',
  'db/schema/usage.ts': 'usage',
  'db/schema/vault.ts': 'vault',
}

const MAX_LINES = 250
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g

type Source = { path: string; room: string; text: string; imports: string[] }

const sources: Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8')
    const imports = Array.from(text.matchAll(IMPORT), (match) => match[1] ?? match[2] ?? '')
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => relative(SRC, join(SRC, dirname(path), specifier)))
      .filter((target) => !target.startsWith('..'))
    return { path, room: path.split('/')[0] ?? '', text, imports }
  })

const roomOf = (path: string) => path.split('/')[0] ?? ''

test('there are sources, and every room has a floor', () => {
  expect(sources.length).toBeGreaterThan(50)
  const homeless = sources.filter(({ room }) => FLOORS[room] === undefined).map(({ path }) => path)
  expect(homeless).toEqual([])
})

test('imports go down', () => {
  const wrong = sources.flatMap(({ path, room, imports }) =>
    imports
      .filter((target) => roomOf(target) !== room && (FLOORS[roomOf(target)] ?? 99) >= (FLOORS[room] ?? -1))
      .map((target) => `${path} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('imports name files that exist, with their ending', () => {
  const broken = sources.flatMap(({ path, imports }) =>
    // What a build step writes is not there before the first build.
    imports
      .filter((target) => !(target.includes('.') && existsSync(join(SRC, target))) && !target.endsWith('.generated.js'))
      .map((target) => `${path} -> ${target}`),
  )
  expect(broken).toEqual([])
})

test('no import cycle, types included', () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (done.has(path) || trail.includes(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  expect(cycles).toEqual([])
})

test('a table is imported only by the room that owns it', () => {
  const tables = sources.filter(({ path }) => path.startsWith('db/schema/')).map(({ path }) => path)
  expect(tables.toSorted()).toEqual(Object.keys(TABLE_OWNERS).toSorted())
  const wrong = sources.flatMap(({ path, room, imports }) =>
    imports
      .filter((target) => TABLE_OWNERS[target] !== undefined && ![TABLE_OWNERS[target], 'cli'].includes(room))
      .map((target) => `${path} -> ${target}`),
  )
  expect(wrong).toEqual([])
})

test('a contract is data: it imports only zod, schemas and contracts', () => {
  const wrong = sources
    .filter(({ path }) => path.endsWith('contract.ts'))
    .flatMap(({ path, imports }) =>
      imports
        .filter((target) => !/(?:contract|context|schemas|fields|problem)\.ts$/.test(target))
        .map((target) => `${path} -> ${target}`),
    )
  expect(wrong).toEqual([])
})

test("business code sees neither the web framework's context nor the bindings", () => {
  const doors =
    /(?:^|\/)(?:api|receive|implement|cors|pages)\.ts$|^(?:app|index|router|runtime)\.ts$|^(?:docs|dashboard)\//
  const wrong = sources
    .filter(({ path, room }) => room !== 'cli' && !doors.test(path))
    .filter(({ text }) => /from 'hono(?:\/|')|\bc\.env\b/.test(text))
    .map(({ path }) => path)
  expect(wrong).toEqual([])
})

test('the global `fetch` is used in one place, where the runtime lends it out', () => {
  const bare = sources
    .filter(({ path, room }) => room !== 'cli' && path !== 'runtime.ts')
    .filter(({ text }) => /(?<![\w.])fetch\(/.test(text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')))
    .filter(({ text }) => !/async fetch\(request/.test(text))
    .map(({ path }) => path)
  expect(bare).toEqual([])
})

test('zod is imported as a namespace: the other form brings 60 KB of locales', () => {
  const wrong = sources.filter(({ text }) => /import \{[^}]*\} from 'zod'/.test(text)).map(({ path }) => path)
  expect(wrong).toEqual([])
})

test(`no file has more than ${MAX_LINES} lines`, () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
  expect(long).toEqual([])
})
