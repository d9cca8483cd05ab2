/**
 * A RESP2 client: redis.io/docs/latest/develop/reference/protocol-spec. One connection, replies in order of commands.
 * Replies keep what the REST front has to tell apart: a status (`+OK`) is a string, a bulk string is a Buffer.
 */
import { connect } from 'node:net'

export type Reply = string | Buffer | number | null | RespError | Reply[]

/** An error reply (`-ERR …`). It can also stand inside an array, so it is a value and is not thrown. */
export class RespError extends Error {
  override name = 'RespError'
}

export interface RespClient {
  send: (command: string[]) => Promise<Reply>
  close: () => void
}

/** `onClose` is called once, also when the connection could not be made. */
export function connectResp(port: number, onClose: () => void): Promise<RespClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  let buffer = Buffer.alloc(0)
  socket.on('data', (data) => {
    buffer = Buffer.concat([buffer, data])
    for (let read = readReply(buffer, 0); read; read = readReply(buffer, 0)) {
      buffer = buffer.subarray(read.end)
      waiting.shift()?.resolve(read.reply)
    }
  })
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('redis connection closed'))
    onClose()
  })
  const client: RespClient = {
    close: () => socket.destroy(),
    send: (command) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('redis connection closed'))
        waiting.push({ resolve, reject })
        socket.write(encode(command))
      }),
  }
  return new Promise((resolve, reject) => {
    // It stays after the connection is made: an unheard 'error' ends the process, and 'close' follows with the news.
    socket.on('error', reject)
    socket.on('connect', () => resolve(client))
  })
}

function encode(command: string[]): string {
  return `*${command.length}\r\n${command.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`
}

/** Undefined while bytes are missing. */
function readReply(buffer: Buffer, start: number): { reply: Reply; end: number } | undefined {
  const lineEnd = buffer.indexOf('\r\n', start)
  if (lineEnd === -1) return undefined
  const type = String.fromCharCode(buffer.readUInt8(start))
  const line = buffer.toString('utf8', start + 1, lineEnd)
  const end = lineEnd + 2
  switch (type) {
    case '+':
      return { reply: line, end }
    case '-':
      return { reply: new RespError(line), end }
    case ':':
      return { reply: Number(line), end }
    case '$':
      return readBulk(buffer, end, Number(line))
    case '*':
      return readArray(buffer, end, Number(line))
    default:
      throw new Error(`not RESP2: ${type}`)
  }
}

function readBulk(buffer: Buffer, start: number, length: number) {
  if (length === -1) return { reply: null, end: start }
  if (buffer.length < start + length + 2) return undefined
  return { reply: Buffer.from(buffer.subarray(start, start + length)), end: start + length + 2 }
}

function readArray(buffer: Buffer, start: number, length: number) {
  if (length === -1) return { reply: null, end: start }
  const reply: Reply[] = []
  let end = start
  for (let i = 0; i < length; i++) {
    const read = readReply(buffer, end)
    if (!read) return undefined
    reply.push(read.reply)
    end = read.end
  }
  return { reply, end }
}
