/** The few lines every fake HTTP server here shares: a port on 127.0.0.1, a request's body, an end without waiting. */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Server } from 'node:net'

/** Port 0 means any free one; the answer is the port in use. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address) resolve(address.port)
      else reject(new Error('not a TCP server'))
    })
  })
}

export function closeNow(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** Throws when the caller goes away before the end of its body. */
export async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
