/** A documentation site as they are found in the world, on a port of its own. It counts who asks for what. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerTo, type DocsState, INDEXED_PATHS } from './docs-site-pages.ts'
import { closeNow, listen } from './local-http.ts'

export type SeenRequest = { path: string; status: number; conditional: boolean; headers: IncomingMessage['headers'] }

export type DocsSiteOptions = {
  /** Origin of a server that must never be reached. */
  canary?: string
  /** Milliseconds before every answer, so that there is time to break something. */
  latency?: number
}

export class DocsSite {
  readonly origin: string
  readonly requests: SeenRequest[] = []
  maxInFlight = 0
  /** Answers everything with 503, as on a bad day. */
  isDown = false
  readonly #server: Server
  readonly #latency: number
  readonly #state: DocsState
  readonly #removed = new Set<string>()
  readonly #asked = new Set<string>()
  #inFlight = 0

  static async start(options: DocsSiteOptions = {}): Promise<DocsSite> {
    const server = createServer()
    return new DocsSite(server, `http://127.0.0.1:${await listen(server)}`, options)
  }

  private constructor(server: Server, origin: string, { canary = 'http://127.0.0.1:9', latency = 0 }: DocsSiteOptions) {
    this.#server = server
    this.origin = origin
    this.#latency = latency
    this.#state = { origin, canary, edition: 1, added: new Map() }
    server.on('request', (req, res) => void this.#answer(req, res))
  }

  /** Paths of all that belongs into the index now. */
  get indexed(): string[] {
    return [...INDEXED_PATHS, ...this.#state.added.keys()].filter((path) => !this.#removed.has(path)).toSorted()
  }

  /** Three articles say something new. */
  change(): void {
    this.#state.edition++
  }

  remove(path: string): void {
    this.#removed.add(path)
  }

  /** A new page, linked from the home page. */
  add(path: string, title: string): void {
    this.#state.added.set(path, title)
  }

  close(): Promise<void> {
    return closeNow(this.#server)
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '/'
    this.maxInFlight = Math.max(this.maxInFlight, ++this.#inFlight)
    res.once('close', () => {
      this.#inFlight--
      const conditional = 'if-none-match' in req.headers
      this.requests.push({ path, status: res.statusCode, conditional, headers: req.headers })
    })
    if (this.#latency) await sleep(this.#latency)
    if (this.isDown) return void res.writeHead(503).end('down')
    if (this.#removed.has(path)) return void res.writeHead(404).end('gone')
    if (path === '/endless') return endless(req, res)
    const isFirst = !this.#asked.has(path)
    this.#asked.add(path)
    const { status, headers, body, delay } = answerTo(path, isFirst, this.#state)
    if (delay) await sleep(delay)
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
    if (status !== 200) res.writeHead(status, headers).end(body)
    else if (req.headers['if-none-match'] === etag) res.writeHead(304, { etag }).end()
    else res.writeHead(status, { ...headers, etag }).end(body)
  }
}

/** Writes as long as somebody reads. */
async function endless(req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.writeHead(200, { 'content-type': 'text/html' })
  const block = '<p>and so on</p>'.repeat(4_000)
  while (!req.socket.destroyed) {
    if (!res.write(block)) await Promise.race([new Promise((resolve) => res.once('drain', resolve)), sleep(200)])
    await sleep(1)
  }
}
