/** A private redis-server (Debian package `redis-server`) on a free port, without persistence. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { listen } from './local-http.ts'

export interface RedisServer {
  port: number
  close: () => Promise<void>
}

/** Undefined when the machine has no redis-server: callers then say loudly what they skip. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'flexy-redis-'))
  // Another process may take the free port before redis does.
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = await freePort()
    const child = launch(port, dir)
    const state = await readiness(child)
    if (state === 'ready') return { port, close: () => stop(child, dir) }
    if (state === 'missing') {
      await rm(dir, { recursive: true, force: true })
      return undefined
    }
    await stop(child)
  }
  await rm(dir, { recursive: true, force: true })
  throw new Error('redis-server is installed but did not start')
}

function launch(port: number, dir: string): ChildProcess {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir]
  // `detached` gives it a process group of its own: the group is what `stop` ends, and Ctrl-C does not reach it twice.
  return spawn('redis-server', args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
}

async function readiness(child: ChildProcess): Promise<'ready' | 'missing' | 'failed'> {
  const killWithUs = () => signalGroup(child, 'SIGKILL')
  process.on('exit', killWithUs)
  child.once('exit', () => process.off('exit', killWithUs))
  return new Promise((resolve) => {
    // It could not be run at all, most likely ENOENT; a port in use is an 'exit'.
    child.once('error', () => {
      process.off('exit', killWithUs)
      resolve('missing')
    })
    child.once('exit', () => resolve('failed'))
    child.stdout?.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve('ready')
    })
    void setTimeout(5000, undefined, { ref: false }).then(() => resolve('failed'))
  })
}

async function stop(child: ChildProcess, dir?: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit')
    signalGroup(child, 'SIGTERM')
    const late = setTimeout(2000, 'late', { ref: false })
    if ((await Promise.race([gone, late])) === 'late') {
      signalGroup(child, 'SIGKILL')
      await gone
    }
  }
  if (dir) await rm(dir, { recursive: true, force: true })
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: it ended in the meantime.
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}
