import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { processes, type Run, runCli, running, takePort, untilSaid } from './launcher.ts'

const TIMEOUT = 60_000
const home = mkdtempSync(join(tmpdir(), 'flexyagents-start-'))
const started: Run[] = []

afterAll(async () => {
  for (const { pid, exit } of started) {
    // The launcher's group watches its pipe: it ends with the launcher, however that ends.
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
    await exit
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

type Facts = {
  baseUrl: string
  agentId: string
  apiKey: string
  pid: number | null
  organizations: { name: string; organizationKey: string; agentId: string; apiKey: string }[]
}

let facts: Facts
let secrets: string

test('the first start makes everything, and tells a program by one line of JSON', { timeout: TIMEOUT }, async () => {
  const run = start('--json', '--port', '0')
  await untilSaid(run, '\n')
  await sleep(200)
  const lines = run.stdout().split('\n')
  expect(lines).toHaveLength(2)
  facts = JSON.parse(lines[0] ?? '') as Facts
  expect(facts).toMatchObject({ pid: run.pid, baseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
  expect(facts.organizations.map(({ name }) => name)).toEqual(['Fernway Supply', 'Lumen Desk'])
  expect(demoFile()).toEqual(facts)
  expect(statSync(join(home, '.flexy/demo.json')).mode & 0o777).toBe(0o600)
  expect(await countDocuments()).toEqual([40, 10])

  secrets = readFileSync(join(home, '.dev.vars'), 'utf8')
  expect(secrets).toMatch(/^KEK_CURRENT=k1\nKEK_k1=[0-9a-f]{64}$/m)

  // The newcomer's first minute is theirs: seeding must not have used up the limit of their address.
  const response = await ask(facts.baseUrl, facts.agentId, facts.apiKey)
  expect(Number(response.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(50)
  await expectAnswer(response)
})

test('reset refuses while the demo runs', { timeout: TIMEOUT }, async () => {
  const reset = runCli(home, 'reset.ts')
  expect(await reset.exit).toBe(1)
  expect(reset.stderr()).toContain(`The demo is running (process ${facts.pid})`)
})

test('Ctrl C ends every process that was started', { timeout: TIMEOUT }, async () => {
  const [run] = started
  await expectCleanEnd(run as Run)
  expect(demoFile()).toEqual({ ...facts, pid: null })
})

test(
  'the next start seeds nothing, takes the next port, and prints a curl that works',
  { timeout: TIMEOUT },
  async () => {
    const taken = await takePort()
    const run = start('--port', String(taken.port))
    await untilSaid(run, '"stream":true')
    await sleep(200)
    taken.release()
    const output = run.stdout()
    expect(output.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
    expect(output).not.toContain('\u001B')
    const [, port] = new RegExp(`Port ${taken.port} is taken by another program. Using (\\d+)`).exec(output) ?? []
    expect(Number(port)).toBeGreaterThan(taken.port)
    expect(output).toContain('kept as they are')

    const pattern = /curl -N (http\S+)\/api\/agents\/(\S+)\/chat [^]*Bearer ([^"]+)"[^]*-d '([^']+)'/
    const [, baseUrl = '', agentId = '', apiKey = '', body = ''] = pattern.exec(output) ?? []
    expect([baseUrl, agentId, apiKey]).toEqual([`http://127.0.0.1:${port}`, facts.agentId, facts.apiKey])
    await expectAnswer(await ask(baseUrl, agentId, apiKey, body))

    facts = demoFile()
    expect(await countDocuments()).toEqual([40, 10])
    expect(readFileSync(join(home, '.dev.vars'), 'utf8')).toBe(secrets)
    await expectCleanEnd(run)

    const reset = runCli(home, 'reset.ts')
    expect(await reset.exit).toBe(0)
    expect(readFileSync(join(home, '.dev.vars'), 'utf8')).toBe(secrets)
    expect(() => demoFile()).toThrow('ENOENT')
  },
)

function start(...args: string[]): Run {
  const run = runCli(home, 'start.ts', ...args)
  started.push(run)
  return run
}

async function expectCleanEnd(run: Run): Promise<void> {
  const group = processes().find(({ parent }) => parent === run.pid)?.group ?? 0
  expect(running(group).join('\n')).toMatch(/wrangler[^]*workerd/)
  process.kill(run.pid, 'SIGINT')
  expect(await run.exit).toBe(0)
  await expect.poll(() => running(group), { timeout: 2_000 }).toEqual([])
}

function ask(baseUrl: string, agentId: string, apiKey: string, body?: string): Promise<Response> {
  const question = JSON.stringify({ messages: [{ role: 'user', content: 'How do refunds work?' }], stream: true })
  return fetch(`${baseUrl}/api/agents/${agentId}/chat`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: body ?? question,
  })
}

async function expectAnswer(response: Response): Promise<void> {
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  const frames = (await response.text()).trim().split('\n')
  const types = frames.map((line) => (JSON.parse(line) as { type: string }).type)
  expect(types).toContain('text-delta')
  expect(types.at(-1)).toBe('finish')
  expect(frames.join('\n')).toContain('https://help.fernway.example/refunds')
}

function countDocuments(): Promise<number[]> {
  return Promise.all(
    facts.organizations.map(async ({ organizationKey, agentId }) => {
      const url = `${facts.baseUrl}/api/agents/${agentId}/knowledge/documents?limit=100`
      const response = await fetch(url, { headers: { authorization: `Bearer ${organizationKey}` } })
      const { data }: { data: unknown[] } = await response.json()
      return data.length
    }),
  )
}

function demoFile(): Facts {
  return JSON.parse(readFileSync(join(home, '.flexy/demo.json'), 'utf8')) as Facts
}
