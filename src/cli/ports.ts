import { once } from 'node:events'
import net from 'node:net'

const HOST = '127.0.0.1'
const TRIES = 100

/** The first free port from this one on; 0 lets the system choose. */
export async function freePortFrom(first: number): Promise<number> {
  if (first === 0) return freePort()
  for (let port = first; port < first + TRIES && port <= 65_535; port++) {
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${first} on is free. Choose another one with --port.`)
}

/** Any free port but `other`. */
export async function freePort(other = 0): Promise<number> {
  const port = await listen(0)
  return port === undefined || port === other ? freePort(other) : port
}

/** On some systems one can listen on 127.0.0.1 beside a program that listens on every address: so knock as well. */
async function isFree(port: number): Promise<boolean> {
  return !(await answers(port)) && (await listen(port)) !== undefined
}

/** Whether anything accepts connections on this port. */
export async function answers(port: number): Promise<boolean> {
  const socket = net.connect({ host: HOST, port, timeout: 1_000 })
  socket.once('timeout', () => socket.destroy(new Error('timeout')))
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function listen(port: number): Promise<number | undefined> {
  const server = net.createServer()
  try {
    server.listen(port, HOST)
    await once(server, 'listening')
    return (server.address() as net.AddressInfo).port
  } catch {
    return undefined
  } finally {
    server.close()
  }
}
