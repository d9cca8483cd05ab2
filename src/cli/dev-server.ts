import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { DEV_VARS, FLEXY, HOME, LOG, ROOT, shown, STATE } from './home.ts'
import { nextAddress } from './worker-api.ts'

const READY_WITHIN = 60_000
const STOP_WITHIN = 3_000
const POLL_EVERY = 50
const WATCH_EVERY = 2_000
const RECOVER_WITHIN = 8_000
const CRASH = 'runtime crashed unexpectedly'

/**
 * Runs wrangler as the leader of its own process group; the group is what gets stopped, because workerd outlives a
 * wrangler that is killed alone. The reader beside it sees its pipe close when the launcher dies without a word, and
 * takes the group along.
 */
const GROUP = '(read -r _; kill -9 0) <&3 & exec "$@"'

/** `wrangler dev` with everything it starts. */
export class DevServer {
  readonly baseUrl: string
  /** Never resolves; rejects when the server ends and nobody has asked it to. */
  readonly death: Promise<never>
  private readonly child: ChildProcess
  private stopping = false
  private ended = false

  static async start(ports: { port: number; inspectorPort: number }): Promise<DevServer> {
    await mkdir(FLEXY, { recursive: true })
    // Appended to, because a second launcher may write to the same log.
    await writeFile(LOG, '')
    const log = await open(LOG, 'a')
    const { CI: _, ...inherited } = process.env
    const env = { ...inherited, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' }
    const child = spawn('sh', ['-c', GROUP, 'sh', process.execPath, ...wranglerArguments(ports)], {
      cwd: ROOT,
      env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    })
    await log.close()
    return new DevServer(ports.port, child)
  }

  private constructor(port: number, child: ChildProcess) {
    this.baseUrl = `http://127.0.0.1:${port}`
    this.child = child
    this.death = this.watch()
    this.death.catch(() => undefined)
  }

  /** Resolves when the Worker answers. Rejects with the end of the log when it does not, or dies. */
  async untilReady(): Promise<void> {
    if (await Promise.race([this.isHealthyWithin(READY_WITHIN), this.death])) return
    throw await failure(`The Worker was not ready after ${READY_WITHIN / 1000} s.`)
  }

  /** Ends the whole group: politely first, and for certain after three seconds. */
  async stop(): Promise<void> {
    this.stopping = true
    if (!this.ended) {
      this.signal('SIGTERM')
      await Promise.race([sleep(STOP_WITHIN), new Promise((resolve) => this.child.once('exit', resolve))])
    }
    this.kill()
  }

  /** At once and without waiting, so that it can be done while the process exits. */
  kill(): void {
    this.stopping = true
    this.signal('SIGKILL')
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      if (this.child.pid) process.kill(-this.child.pid, signal)
    } catch {
      // Nobody of the group is left.
    }
  }

  private async isHealthy(): Promise<boolean> {
    try {
      const init = { headers: { 'cf-connecting-ip': nextAddress() }, signal: AbortSignal.timeout(5_000) }
      return (await fetch(`${this.baseUrl}/health`, init)).ok
    } catch {
      return false
    }
  }

  private async watch(): Promise<never> {
    const exit = new Promise<string>((resolve) => {
      this.child.once('error', (error) => resolve(`The Worker could not be started: ${error.message}.`))
      this.child.once('exit', (code, signal) => resolve(`The Worker ended by itself (${signal ?? `code ${code}`}).`))
    })
    const reason = await Promise.race([exit, this.untilDeaf()])
    this.ended = true
    // Stopped on purpose: whoever did that ends the process.
    if (this.stopping) return new Promise(() => undefined)
    throw await failure(reason)
  }

  /**
   * Wrangler restarts a workerd that crashed, and says so. Where that was the one in front of the Worker's own, requests
   * then wait for ever. Asking only after a crash keeps the log free of questions.
   */
  private async untilDeaf(): Promise<string> {
    for (let offset = 0; ;) {
      await sleep(WATCH_EVERY, undefined, { ref: false })
      const written = await readLog(offset)
      offset += written.length
      if (written.includes(CRASH) && !(await this.isHealthyWithin(RECOVER_WITHIN))) return 'The Worker crashed.'
    }
  }

  private async isHealthyWithin(milliseconds: number): Promise<boolean> {
    for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(POLL_EVERY)) {
      if (await this.isHealthy()) return true
    }
    return false
  }
}

function wranglerArguments({ port, inspectorPort }: { port: number; inspectorPort: number }): string[] {
  const wrangler = createRequire(import.meta.url).resolve('wrangler')
  const address = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort)]
  // Beside wrangler.toml wrangler finds .dev.vars, and its changes, by itself.
  const secrets = HOME === ROOT ? [] : ['--env-file', DEV_VARS]
  return [wrangler, 'dev', '--config', path.join(ROOT, 'wrangler.toml'), ...address, '--persist-to', STATE, ...secrets]
}

/** An error that ends with the last five lines of the log. */
async function failure(message: string): Promise<Error> {
  const lines = stripVTControlCharacters((await readLog()).toString())
    .split('\n')
    .filter((line) => line.trim() !== '')
  const tail = lines.slice(-5).map((line) => `    ${line.trimEnd()}`)
  return new Error([`${message} See ${shown(LOG)}, which ends with:`, ...tail].join('\n'))
}

/** The log from an offset on; nothing where somebody took the log away. */
async function readLog(offset = 0): Promise<Buffer> {
  const chunks: Buffer[] = await createReadStream(LOG, { start: offset })
    .toArray()
    .catch(() => [])
  return Buffer.concat(chunks)
}
