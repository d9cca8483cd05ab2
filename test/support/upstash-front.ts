/**
 * The Upstash REST protocol in front of a real Redis, so that the real `@upstash/redis` client can be tested offline.
 *
 * Facts: upstash.com/docs/redis/features/restapi, and dependencies.md section 10. `POST /` takes one command,
 * `/pipeline` and `/multi-exec` take a list, `GET|POST /get/key` takes the command from the path. With the request
 * header `upstash-encoding: base64` every string of a result is base64, but for a bare `OK`.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { bodyOf, closeNow, listen } from './local-http.ts'
import { connectResp, RespError } from './resp.ts'
import type { Reply, RespClient } from './resp.ts'
import { scriptMap } from './upstash-scripts.ts'

/** The faults of security.md row R11. `refuse` cuts the connection; for a closed port, just close the front. */
export const UPSTASH_FAULTS = ['none', 'hang', 'refuse', '500', '401', 'html', 'slow'] as const
export type UpstashFault = (typeof UPSTASH_FAULTS)[number]

export interface UpstashFront {
  url: string
  fault: (mode: UpstashFault) => void
  /** HTTP requests so far, faulty ones included; under `refuse`, connections. */
  readonly requests: number
  close: () => Promise<void>
}

type Result = { result: unknown } | { error: string }
type Answer = { status: number; json: Result | Result[] }

const UNAUTHORIZED: Answer = { status: 401, json: { error: 'WRONGPASS invalid or missing auth token' } }
const BROKEN: Answer = { status: 500, json: { error: 'ERR internal server error' } }
const HTML_PAGE = '<!doctype html><title>Service page</title>'

// They take a connection for themselves, and Upstash refuses them over REST too.
const CONNECTION_BOUND =
  /^(?:multi|exec|discard|watch|unwatch|p?subscribe|ssubscribe|monitor|b[lrz]\w+|reset|quit|hello)$/i

export async function startUpstashFront(options: { redisPort: number; token: string }): Promise<UpstashFront> {
  const scripts = scriptMap()
  let mode: UpstashFault = 'none'
  let requests = 0
  let connection: Promise<RespClient> | undefined

  /** Connects at the first command, and again after Redis was away. */
  const redis = () => (connection ??= connectResp(options.redisPort, () => (connection = undefined)))

  async function runOne(client: RespClient, command: string[]): Promise<Reply> {
    const [name = ''] = command
    if (CONNECTION_BOUND.test(name)) return new RespError(`ERR Command is not available: ${name}`)
    return scripts.incoming(command, await client.send(scripts.outgoing(command)))
  }

  async function run(commands: string[][]): Promise<Reply[]> {
    const client = await redis()
    // Sent in one go, as is a transaction: nothing of another request comes between MULTI and EXEC on the connection.
    return Promise.all(commands.map((command) => runOne(client, command)))
  }

  async function transaction(commands: string[][]): Promise<Reply> {
    const client = await redis()
    const queue = [['MULTI'], ...commands.map(scripts.outgoing), ['EXEC']]
    const replies = await Promise.all(queue.map((command) => client.send(command)))
    return replies.at(-1) ?? null
  }

  async function answer(req: IncomingMessage): Promise<Answer> {
    if (mode === '500') return BROKEN
    const url = new URL(req.url ?? '/', 'http://front')
    const body = await bodyOf(req)
    const bearer = req.headers.authorization?.replace(/^Bearer /i, '') ?? url.searchParams.get('_token')
    if (mode === '401' || bearer !== options.token) return UNAUTHORIZED
    const base64 = req.headers['upstash-encoding'] === 'base64'
    if (url.pathname === '/multi-exec') return transactionAnswer(await transaction(commandsIn(body)), base64)
    if (url.pathname === '/pipeline') {
      return { status: 200, json: (await run(commandsIn(body))).map((reply) => resultOf(reply, base64)) }
    }
    const [reply = null] = await run([url.pathname === '/' ? commandIn(JSON.parse(body)) : pathCommand(url, body)])
    return { status: reply instanceof RespError ? 400 : 200, json: resultOf(reply, base64) }
  }

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (mode === 'hang') return
    if (mode === 'html') return void res.writeHead(200, { 'content-type': 'text/html' }).end(HTML_PAGE)
    if (mode === 'slow') await setTimeout(1000, undefined, { ref: false })
    const { status, json } = await answer(req).catch(errorAnswer)
    res.writeHead(status, { 'content-type': 'application/json', 'upstash-sync-token': 'fake:1' })
    res.end(JSON.stringify(json))
  }

  const server = createServer((req, res) => {
    requests += 1
    void respond(req, res)
  })
  server.on('connection', (socket) => {
    if (mode !== 'refuse') return
    requests += 1
    socket.destroy()
  })
  server.keepAliveTimeout = 0
  const port = await listen(server)

  return {
    url: `http://127.0.0.1:${port}`,
    fault: (next) => {
      mode = next
      // Pooled connections would outlive the fault.
      if (next === 'refuse') server.closeAllConnections()
    },
    get requests() {
      return requests
    },
    close: async () => {
      await closeNow(server)
      const client = await connection?.catch(() => undefined)
      client?.close()
    },
  }
}

/** JSON and commands that cannot be read are the caller's fault, a missing Redis is ours. */
function errorAnswer(error: unknown): Answer {
  const status = error instanceof SyntaxError ? 400 : 500
  return { status, json: { error: `ERR ${error instanceof Error ? error.message : 'failed'}` } }
}

/** An aborted transaction (one command was refused while queueing) is one error with status 400. */
function transactionAnswer(reply: Reply, base64: boolean): Answer {
  if (Array.isArray(reply)) return { status: 200, json: reply.map((one) => resultOf(one, base64)) }
  return { status: 400, json: resultOf(reply, base64) }
}

function resultOf(reply: Reply, base64: boolean): Result {
  if (reply instanceof RespError) return { error: reply.message }
  return { result: reply === 'OK' ? 'OK' : plain(reply, base64) }
}

function plain(reply: Reply, base64: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((one) => plain(one, base64))
  if (reply instanceof RespError) return reply.message
  if (typeof reply === 'string') return base64 ? Buffer.from(reply).toString('base64') : reply
  if (Buffer.isBuffer(reply)) return reply.toString(base64 ? 'base64' : 'utf8')
  return reply
}

function commandsIn(body: string): string[][] {
  const value: unknown = JSON.parse(body)
  if (!Array.isArray(value)) throw new SyntaxError('failed to parse pipeline')
  return value.map(commandIn)
}

function commandIn(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) throw new SyntaxError('failed to parse command')
  return value.map(String)
}

/** `/set/key/value?EX=100`; a body is the last argument before those of the query. */
function pathCommand(url: URL, body: string): string[] {
  const path = url.pathname.slice(1).split('/').map(decodeURIComponent)
  const query = [...url.searchParams].filter(([name]) => name !== '_token').flat()
  return [...path, ...(body ? [body] : []), ...query.filter((part) => part !== '')]
}
