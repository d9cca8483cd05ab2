import { Hono } from 'hono'
import { honoPath } from '../http/implement.ts'
import { claimIdempotencyKey } from '../http/idempotency.ts'
import { type AppContext, type AppEnv, receive, type Received, requireOrigin } from '../http/receive.ts'
import { admit } from './admit.ts'
import { collapse, replay } from './collapse.ts'
import { chatContract, type ChatRequest } from './contract.ts'
import { type Frame, type Framing, NDJSON, SSE } from './frames.ts'
import { LiveTurn } from './live-turn.ts'
import { buildPrompt } from './prompt.ts'
import { run } from './run.ts'
import { streamFrames } from './stream.ts'

export const chatApi = new Hono<AppEnv>()

chatApi.post(honoPath(chatContract.chat.path), async (c) => {
  const received = await receive(c, chatContract.chat, { fresh: false })
  const answer = answerChat(c, received)
  // Not cancelled when the client leaves: what was reserved or claimed by then has to be given back.
  c.env.runtime.waitUntil(answer.then(ignore, ignore))
  return answer
})

const ignore = () => undefined

async function answerChat(c: AppContext, { tenant, credential, params, body }: Received): Promise<Response> {
  const request = wellFormed(body as ChatRequest)
  const framing = chooseFraming(request, c.req.header('accept'))
  const reauthenticate = () => credential.authenticate({ fresh: true })
  const claim = await claimIdempotencyKey(tenant, c.req.raw, request)
  if (claim?.replay !== undefined) {
    // A replay asks no budget, which would tell that the key was revoked meanwhile.
    await reauthenticate()
    return replayed(c, claim.replay as Frame[], framing)
  }
  const question = {
    agentId: String(params.agentId),
    request,
    requireOrigin: (listed: readonly string[]) => requireOrigin(c, listed),
  }
  const admitted = await admit(tenant, question, reauthenticate).catch(async (error: unknown) => {
    // Refused before any work: the same key may be used for another try.
    await claim?.abandon()
    throw error
  })
  const prompt = buildPrompt(admitted.agent, admitted.turns, admitted.evidence.passages, admitted.fallback)
  const turn = new LiveTurn(admitted, { conversationId: request.conversationId, claim, prompt })
  settleOnDisconnect(c, turn, claim !== undefined)
  return framing ? streamed(c, run(turn, prompt), framing) : await whole(turn, run(turn, prompt))
}

/** Half a surrogate pair, which JSON can spell, is no text: databases and providers would each spoil it differently. */
function wellFormed(request: ChatRequest): ChatRequest {
  const messages = request.messages.map((turn) => ({ ...turn, content: turn.content.toWellFormed() }))
  return { ...request, messages }
}

/** `stream` decides, and the SSE framing also without it: that is how the AI SDK's transport asks. */
function chooseFraming(request: ChatRequest, accept: string | undefined): Framing | undefined {
  if (accept?.includes('text/event-stream')) return SSE
  return request.stream ? NDJSON : undefined
}

/**
 * A client that leaves ends the answer and pays for what came. With an Idempotency-Key it may come back for the answer
 * (browsers repeat a request by themselves when a connection breaks), so that is made to its end and stored.
 */
function settleOnDisconnect(c: AppContext, turn: LiveTurn, mayComeBack: boolean): void {
  if (mayComeBack) return
  const { signal } = c.req.raw
  const settle = () => turn.admitted.tenant.waitUntil(turn.abort())
  // A client that left while it was being admitted fires no event any more.
  if (signal.aborted) settle()
  else signal.addEventListener('abort', settle, { once: true })
}

async function whole(turn: LiveTurn, batches: AsyncIterable<Frame[]>): Promise<Response> {
  const frames: Frame[] = []
  for await (const batch of batches) frames.push(...batch)
  if (turn.failure) throw turn.failure
  return json(collapse(frames))
}

const json = (value: unknown) => Response.json(value, { headers: { 'cache-control': 'no-store' } })

function streamed(c: AppContext, batches: AsyncIterable<Frame[]>, framing: Framing): Response {
  const { body, done } = streamFrames(batches, framing, c.req.raw.signal)
  c.env.runtime.waitUntil(done)
  return new Response(body, {
    headers: {
      'content-type': framing.contentType,
      // No proxy may hold tokens back to compress or to buffer them.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...framing.headers,
    },
  })
}

function replayed(c: AppContext, stored: Frame[], framing: Framing | undefined): Response {
  const response = framing ? streamed(c, replay(stored), framing) : json(collapse(stored))
  response.headers.set('idempotency-replayed', 'true')
  return response
}
