/** Plays one answer of the fake model, healthy or broken, as SSE or as one JSON body; `fake-openai.ts` is the server. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { BROKEN_LINE, cut, ERRORS, HTML_PAGE, RUBBISH, toCrlf } from './fake-openai-faults.ts'
import type { ProviderError } from './fake-openai-faults.ts'
import type { ChatRequest, Plan } from './fake-openai-modes.ts'
import { completion, DONE, sse, streamFrames, usageFrame } from './fake-openai-wire.ts'
import type { Frames, Usage, Write } from './fake-openai-wire.ts'

export interface Turn {
  res: ServerResponse
  plan: Plan
  body: ChatRequest
  promptTokens: number
  /** Called as tokens leave, so that a record is right even if the caller hangs up. */
  sent: (tokens: number) => void
  /** Ends the connection from our side, which is not an abort of the caller. */
  hangUp: (how: 'close' | 'reset') => void
}

export function sendError(res: ServerResponse, { status, body }: ProviderError, retryAfter = 0): void {
  if (retryAfter > 0) res.setHeader('retry-after', String(retryAfter))
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body, null, 4))
}

/** Faults which look the same whether a stream was asked for or not. True: the turn is over. */
export function playRefusal({ res, plan, hangUp }: Turn): boolean {
  switch (plan.mode) {
    case '400':
      sendError(res, ERRORS.tooLong)
      return true
    case '429':
      sendError(res, ERRORS.rateLimit, plan.retry)
      return true
    case '500':
      sendError(res, ERRORS.server)
      return true
    case '503':
      sendError(res, ERRORS.overloaded, plan.retry)
      return true
    case 'html':
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(HTML_PAGE)
      return true
    case 'reset-before':
      hangUp('reset')
      return true
    case 'hang-connect':
      return true
    default:
      return false
  }
}

const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

export async function playStream(turn: Turn): Promise<void> {
  const { res, plan, body } = turn
  res.writeHead(200, SSE_HEADERS)
  if (plan.mode === 'hang-first') return res.flushHeaders()
  if (plan.mode === 'empty') return void res.end()
  if (plan.mode === 'garbage-all') return void res.end(RUBBISH)
  const includeUsage = body.stream_options?.include_usage === true && plan.mode !== 'no-usage'
  const { writes, finish } = framesOf(plan, includeUsage)
  const end = endOf(turn, finish, includeUsage)
  if (plan.seed > 0) await writeCut(turn, [...writes, { bytes: end, tokens: 0 }])
  else if (plan.first > 0 || plan.gap > 0) await writePaced(turn, writes)
  else await writeAll(turn, writes)
  if (res.destroyed || plan.mode === 'stall') return
  if (plan.mode === 'drop') return void res.write('', () => turn.hangUp('close'))
  res.end(plan.seed > 0 ? undefined : end)
}

/** What follows the last token. */
function endOf(turn: Turn, finish: Buffer, includeUsage: boolean): Buffer {
  const { mode, model } = turn.plan
  if (mode === 'error-chunk') return sse(ERRORS.server.body)
  if (mode === 'stall' || mode === 'drop' || mode === 'no-finish') return Buffer.alloc(0)
  const rest = includeUsage ? [usageFrame(model, usageOf(turn)), DONE] : [DONE]
  return Buffer.concat([finish, ...(mode === 'crlf' ? rest.map(toCrlf) : rest)])
}

function usageOf({ plan, promptTokens }: Turn): Usage {
  return { prompt: promptTokens, completion: plan.answer.tokens.length }
}

// A benchmark asks for the same answer thousands of times.
const cache = new Map<string, Frames>()

function framesOf(plan: Plan, includeUsage: boolean): Frames {
  const { answer, mode, write } = plan
  if (mode !== 'normal' && mode !== 'paced') return spoil(plan, streamFrames(answer, includeUsage, write))
  const key = [answer.model, answer.tokens.length, answer.finish, includeUsage, write].join('|')
  const cached = cache.get(key) ?? streamFrames(answer, includeUsage, write)
  if (cache.size > 100) cache.clear()
  cache.set(key, cached)
  return cached
}

function spoil({ mode }: Plan, frames: Frames): Frames {
  if (mode === 'crlf') {
    const writes = frames.writes.map(({ bytes, tokens }) => ({ bytes: toCrlf(bytes), tokens }))
    return { writes, finish: toCrlf(frames.finish) }
  }
  if (mode !== 'garbage') return frames
  const middle = Math.ceil(frames.writes.length / 2)
  return { ...frames, writes: frames.writes.toSpliced(middle, 0, { bytes: BROKEN_LINE, tokens: 0 }) }
}

async function writeAll({ res, sent }: Turn, writes: Write[]): Promise<void> {
  for (const { bytes, tokens } of writes) {
    if (!res.write(bytes)) await drained(res)
    if (res.destroyed) return
    sent(tokens)
  }
}

/** Keeps to a timetable instead of adding up delays, so that a busy machine does not make the provider slower. */
async function writePaced({ res, plan, sent }: Turn, writes: Write[]): Promise<void> {
  const start = performance.now() + plan.first
  let before = 0
  for (const { bytes, tokens } of writes) {
    const wait = start + before * plan.gap - performance.now()
    if (wait > 0) await setTimeout(wait, undefined, { ref: false })
    if (res.destroyed) return
    if (!res.write(bytes)) await drained(res)
    sent(tokens)
    before += tokens
  }
}

/** One HTTP chunk and one turn of the event loop a piece, so that readers really see the cuts. */
async function writeCut({ res, plan, sent }: Turn, writes: Write[]): Promise<void> {
  const open = [...writes]
  // Bytes still missing of the first write in `open`: pieces do not respect the ends of events.
  let missing = open[0]?.bytes.length ?? 0
  for (const piece of cut(Buffer.concat(writes.map(({ bytes }) => bytes)), plan.seed)) {
    if (res.destroyed) return
    if (!res.write(piece)) await drained(res)
    for (missing -= piece.length; open[0] && missing <= 0; missing += open[0]?.bytes.length ?? 0) {
      sent(open.shift()?.tokens ?? 0)
    }
    await setImmediate()
  }
}

async function drained(res: ServerResponse): Promise<void> {
  if (res.destroyed) return
  const settled = new AbortController()
  const { signal } = settled
  await Promise.race([once(res, 'drain', { signal }), once(res, 'close', { signal })]).finally(() => settled.abort())
}

export async function playJson(turn: Turn): Promise<void> {
  const { res, plan } = turn
  const { answer, mode } = plan
  res.setHeader('content-type', 'application/json')
  if (mode === 'empty') return void res.end()
  if (mode === 'garbage-all') return void res.end(RUBBISH)
  if (mode === 'error-chunk') return void res.end(JSON.stringify(ERRORS.server.body))
  if (mode === 'hang-first') return res.flushHeaders()
  const finish = mode === 'no-finish' ? null : answer.finish
  const usage = mode === 'no-usage' ? undefined : usageOf(turn)
  const bytes = Buffer.from(JSON.stringify(completion({ ...answer, finish }, usage)))
  if (mode === 'slow') {
    // Blank bytes before the JSON, as DeepSeek and OpenRouter send them while a model thinks: valid, and no end of it.
    const blank = { bytes: Buffer.from(' '), tokens: 1 }
    await writePaced(
      { ...turn, sent: () => {} },
      answer.tokens.map(() => blank),
    )
    return void res.end(bytes)
  }
  if (plan.first > 0 || plan.gap > 0) {
    await setTimeout(plan.first + plan.gap * (answer.tokens.length - 1), undefined, { ref: false })
  }
  if (res.destroyed) return
  res.setHeader('content-length', bytes.length)
  if (mode === 'stall') return void res.write(bytes.subarray(0, bytes.length / 2))
  if (mode === 'drop') return void res.write(bytes.subarray(0, bytes.length / 2), () => turn.hangUp('close'))
  const whole = { bytes, tokens: answer.tokens.length }
  await (plan.seed > 0 ? writeCut(turn, [whole]) : writeAll(turn, [whole]))
  res.end()
}
