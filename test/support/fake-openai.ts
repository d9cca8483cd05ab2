/**
 * An OpenAI-compatible server whose behaviour is chosen by the model name, see `fake-openai-modes.ts`.
 *
 * `POST /v1/chat/completions` (stream and JSON) and `GET /v1/models`. Bearer authentication: a key that starts with
 * `sk-bad` is refused as OpenAI refuses it. As a program it is the upstream of the benchmark:
 * `node test/support/fake-openai.ts --port 0 --first 20 --gap 5 --tokens 50 --write 1` prints `{"url":"…/v1"}`.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { badKey, ERRORS, noModel, noUrl } from './fake-openai-faults.ts'
import { isChatRequest, planFor } from './fake-openai-modes.ts'
import type { FakeOpenAIOptions } from './fake-openai-modes.ts'
import { playJson, playRefusal, playStream, sendError } from './fake-openai-play.ts'
import type { Turn } from './fake-openai-play.ts'
import { bodyOf, closeNow, listen } from './local-http.ts'

export { CANARY } from './fake-openai-faults.ts'
export { CITED_TEXT, FAULT_MODES } from './fake-openai-modes.ts'
export type { FakeOpenAIOptions, ModeName, ProviderCode } from './fake-openai-modes.ts'
export { answerText } from './fake-openai-wire.ts'

/** One request as it reached the model; times are `Date.now()`. */
export interface RecordedRequest {
  method: string
  path: string
  /** `authorization` keeps its scheme and the key's last four characters only. */
  headers: Record<string, string>
  /** The parsed JSON, or the text where it was none. */
  body: unknown
  receivedAtMs: number
  /** When the answer was complete or the connection was gone; undefined while it is open. */
  closedAtMs: number | undefined
  /** The caller hung up before the answer was complete. */
  aborted: boolean
  tokensSent: number
}

export interface FakeOpenAI {
  /** Ends in `/v1`. */
  url: string
  requests: RecordedRequest[]
  close: () => Promise<void>
}

export async function startFakeOpenAI(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const requests: RecordedRequest[] = []
  const tries = new Map<string, number>()
  let closing = false

  const server = createServer((req, res) => {
    const record = recordOf(req)
    if (options.record !== false) requests.push(record)
    let ownDoing = false
    res.on('close', () => {
      record.closedAtMs = Date.now()
      record.aborted = !res.writableFinished && !ownDoing && !closing
    })
    const hangUp = (how: 'close' | 'reset') => {
      ownDoing = true
      if (how === 'reset') res.socket?.resetAndDestroy()
      else res.destroy()
    }
    // Throws only when the caller goes away while it is still sending its body.
    answer(req, res, record, hangUp).catch(() => res.destroy())
  })
  // The default of 5 s closes a pooled connection at the moment the caller reuses it: a fault nobody asked for.
  server.keepAliveTimeout = 0

  async function answer(req: IncomingMessage, res: ServerResponse, record: RecordedRequest, hangUp: Turn['hangUp']) {
    const text = await bodyOf(req)
    record.body = text
    res.setHeader('x-request-id', 'req_fake')
    const key = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]
    if (!key) return sendError(res, ERRORS.noKey)
    if (key.startsWith('sk-bad')) return sendError(res, badKey(key))
    if (record.method === 'GET' && record.path === '/v1/models') return sendModels(res)
    if (record.method !== 'POST' || record.path !== '/v1/chat/completions') {
      return sendError(res, noUrl(record.method, record.path))
    }
    const body = parsed(text)
    if (body === undefined) return sendError(res, ERRORS.badJson)
    record.body = body
    if (!isChatRequest(body)) return sendError(res, ERRORS.noMessages)
    const tried = tries.get(body.model) ?? 0
    tries.set(body.model, tried + 1)
    const plan = planFor(body, options, tried)
    if (!plan) return sendError(res, noModel(body.model))
    if (plan.mode === '401') return sendError(res, badKey(key))
    const sent = (tokens: number) => void (record.tokensSent += tokens)
    const turn = { res, plan, body, promptTokens: Math.ceil(text.length / 4), sent, hangUp }
    if (playRefusal(turn)) return
    await (body.stream ? playStream(turn) : playJson(turn))
  }

  const port = await listen(server, options.port)
  const close = () => {
    closing = true
    return closeNow(server)
  }
  return { url: `http://127.0.0.1:${port}/v1`, requests, close }
}

function recordOf(req: IncomingMessage): RecordedRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(req.headers)) headers[name] = String(value)
  if (headers.authorization) headers.authorization = headers.authorization.replace(/^(\w+ )?.*(.{4})$/, '$1…$2')
  return {
    method: req.method ?? '',
    path: (req.url ?? '').split('?', 1)[0] ?? '',
    headers,
    body: undefined,
    receivedAtMs: Date.now(),
    closedAtMs: undefined,
    aborted: false,
    tokensSent: 0,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function sendModels(res: ServerResponse): void {
  const data = [{ id: 'fake', object: 'model', created: 1_760_000_000, owned_by: 'fake' }]
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data }))
}

if (import.meta.main) {
  const number = { type: 'string', default: '0' } as const
  const { values } = parseArgs({
    options: {
      port: number,
      first: number,
      gap: number,
      tokens: { ...number, default: '50' },
      write: { ...number, default: '1' },
    },
  })
  const { url } = await startFakeOpenAI({
    port: Number(values.port),
    firstDelayMs: Number(values.first),
    gapMs: Number(values.gap),
    tokens: Number(values.tokens),
    tokensPerWrite: Number(values.write),
    // Thousands of bodies would be kept for nobody.
    record: false,
  })
  console.log(JSON.stringify({ url }))
}
