import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { FLEXY } from './home.ts'

/** What a program needs to use the running demo: the line of `--json`, and .flexy/demo.json. */
export type Facts = {
  baseUrl: string
  agentId: string
  apiKey: string
  organizationKey: string
  log: string
  /** The launcher; end it with SIGINT or SIGTERM. In the file null when the demo was stopped. */
  pid: number | null
  organizations: { name: string; organizationKey: string; agentId: string; apiKey: string }[]
}

const FILE = path.join(FLEXY, 'demo.json')

export async function writeFacts(facts: Facts): Promise<void> {
  await mkdir(FLEXY, { recursive: true })
  // Renamed into place: a reader never sees half of it, and the mode holds also where the file was there before.
  const draft = `${FILE}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, FILE)
}

/** Says in the file that this launcher is gone, unless another one has taken the file over. */
export async function forgetPid(): Promise<void> {
  const facts = await readFacts()
  if (facts?.pid === process.pid) await writeFacts({ ...facts, pid: null })
}

/** The process that keeps the demo running, if one does. */
export async function runningPid(): Promise<number | undefined> {
  const pid = (await readFacts())?.pid
  if (!pid) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

async function readFacts(): Promise<Facts | undefined> {
  try {
    return JSON.parse(await readFile(FILE, 'utf8')) as Facts
  } catch {
    return undefined
  }
}
