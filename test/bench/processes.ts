import { type ChildProcess, fork, spawn, type StdioOptions } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const running = new Set<ChildProcess>()

/** A program of this repository in a process group of its own, so that nothing it started is left behind. */
export function start(file: string, args: string[] = []): ChildProcess {
  // Ours end when their input does, so that they also go when this process is killed.
  const stdio: StdioOptions = ['pipe', 'pipe', 'inherit']
  // Wrangler tells of every file of secrets that it sees.
  const env = { ...process.env, WRANGLER_LOG: 'error', WRANGLER_SEND_METRICS: 'false' }
  return remember(spawn(process.execPath, [file, ...args], { stdio, detached: true, env }))
}

/** The same, spoken to by messages. */
export function startWorkerProcess(file: string): ChildProcess {
  return remember(fork(file, [], { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
}

export function remember(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** The first line a program prints, as JSON: ours tell by it where they are reached. */
export function firstLine<T>(child: ChildProcess, within = 60_000): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => reject(new Error('a program of the benchmark did not start in time')), within)
    child.once('exit', (code) => reject(new Error(`a program of the benchmark ended with ${code}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const end = text.indexOf('\n')
      if (end < 0) return
      clearTimeout(timer)
      resolve(JSON.parse(text.slice(0, end)) as T)
      text = ''
    })
  })
}

/** Ends one group, or all of them. */
export function stop(child?: ChildProcess): void {
  for (const one of child ? [child] : running) {
    try {
      if (one.pid) process.kill(-one.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    running.delete(one)
  }
}
process.once('exit', () => stop())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** Linux counts in USER_HZ, which is 100 on every architecture that workerd runs on. */
const TICK_MS = 10

/** CPU time a process has used, all its threads, user and system, in milliseconds. */
export function cpuOf(pid: number): number {
  const [utime = 0, stime = 0] = statFields(pid).slice(11, 13).map(Number)
  return (utime + stime) * TICK_MS
}

/** Fields from the third on: the second is the name in brackets, which may hold anything. */
function statFields(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** The workerd that a process of ours has started. */
export function workerdOf(parent: number): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isChild = Number(statFields(pid)[1]) === parent
      if (isChild && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd')) return Number(pid)
    } catch {
      // Ended meanwhile.
    }
  }
  throw new Error('no workerd below this process')
}
