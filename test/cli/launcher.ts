// Runs the commands of src/cli as a newcomer's shell would, on a state folder of their own.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = join(import.meta.dirname, '../..')

export type Run = { pid: number; stdout: () => string; stderr: () => string; exit: Promise<number | null> }

export function runCli(home: string, file: string, ...args: string[]): Run {
  const env = { ...process.env, FLEXY_HOME: home }
  const child = spawn(process.execPath, [join('src/cli', file), ...args], { cwd: ROOT, env })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return { pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, exit }
}

/** Waits until the output holds `text`. Throws when the command ends before it, with what it said. */
export async function untilSaid(run: Run, text: string): Promise<void> {
  let ended = false
  void run.exit.then(() => (ended = true))
  while (!run.stdout().includes(text)) {
    if (ended) throw new Error(`ended without saying ${text}:\n${run.stdout()}${run.stderr()}`)
    await sleep(20)
  }
}

type Process = { pid: number; parent: number; group: number; state: string; command: string }

export function processes(): Process[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,pgid=,stat=,args='], { encoding: 'utf8' })
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', command = ''] = /^ *(\d+) +(\d+) +(\d+) +(\S+) (.*)$/.exec(line) ?? []
    return pid ? [{ pid: Number(pid), parent: Number(parent), group: Number(group), state, command }] : []
  })
}

/** The commands of a process group that still run. A zombie has ended; only its parent has not looked yet. */
export function running(group: number): string[] {
  return processes()
    .filter((process) => process.group === group && !process.state.startsWith('Z'))
    .map(({ command }) => command)
}

/** Another program that has a port. */
export async function takePort(): Promise<{ port: number; release: () => void }> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as net.AddressInfo).port, release: () => server.close() }
}
