import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestEnv } from './worker.ts'
import type { ObjectName, WorkerdOptions } from './workerd.ts'

/** A Worker in a process group of its own, which ends as machines end: at once, workerd included. */
export class KillableWorkerd {
  readonly baseUrl: string
  readonly #child: ChildProcess
  readonly #control: number

  static async start(options: WorkerdOptions & { state: string }): Promise<KillableWorkerd> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'workerd-child.ts'), JSON.stringify(options)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"control"')) continue
      const { control, baseUrl } = JSON.parse(line) as { control: number; baseUrl: string }
      return new KillableWorkerd(child, control, baseUrl)
    }
    throw new Error('the Worker did not start')
  }

  private constructor(child: ChildProcess, control: number, baseUrl: string) {
    this.#child = child
    this.#control = control
    this.baseUrl = baseUrl
  }

  async call<Result>(binding: ObjectName, name: string, method: string, ...values: unknown[]): Promise<Result> {
    return this.#ask({ binding, name, method, values })
  }

  /** The part of D1 that `createWorkspace` writes rows with; statements run one by one. */
  get env(): TestEnv {
    type Bound = { sql: string; values: unknown[] }
    const DB = {
      prepare: (sql: string) => ({ bind: (...values: unknown[]): Bound => ({ sql, values }) }),
      batch: async (statements: Bound[]) => {
        for (const statement of statements) await this.#ask(statement)
      },
    }
    return { DB: DB as unknown as D1Database }
  }

  async #ask<Result>(call: object): Promise<Result> {
    const response = await fetch(`http://127.0.0.1:${this.#control}`, { method: 'POST', body: JSON.stringify(call) })
    if (!response.ok) throw new Error(await response.text())
    const { result }: { result: Result } = await response.json()
    return result
  }

  async kill(): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    process.kill(-pid, 'SIGKILL')
    await exit
  }
}
