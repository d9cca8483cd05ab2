import { Hono } from 'hono'
import { honoPath } from '../http/implement.ts'
import { claimIdempotencyKey } from '../http/idempotency.ts'
import { type AppContext, type AppEnv, receive } from '../http/receive.ts'
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
  const body = received.body as ChatRequest
  const agentId = String(received.params.agentId)
  const framing = chooseFraming(body, c.req.header('accept'))
  const claim = await claimIdempotencyKey(received.tenant, c.req.raw, body)
  if (claim?.replay !== undefined) return replayed(claim.replay as Frame[], framing)
  try {
    const reauthenticate = () => received.credential.authenticate({ fresh: true })
    const admitted = await admit(received.tenant, agentId, body, reauthenticate)
    const prompt = buildPrompt(admitted.agent, admitted.turns, admitted.evidence.passages)
    const turn = new LiveTurn(admitted, { conversationId: body.conversationId, claim, prompt })
    settleOnDisconnect(c, turn)
    return framing ? streamed(run(turn, prompt), framing) : await whole(turn, run(turn, prompt))
  } catch (error) {
    // Refused or failed before an answer: the same key may be used for another try.
    await claim?.abandon()
    throw error
  }
})

/** `stream` decides, and the SSE framing also without it: that is how the AI SDK's transport asks. */
function chooseFraming(body: ChatRequest, accept: string | undefined): Framing | undefined {
  if (accept?.includes('text/event-stream')) return SSE
  return body.stream ? NDJSON : undefined
}

function settleOnDisconnect(c: AppContext, turn: LiveTurn): void {
  const { signal } = c.req.raw
  const { waitUntil } = turn.admitted.tenant
  signal.addEventListener('abort', () => waitUntil(turn.abort()), { once: true })
}

async function whole(turn: LiveTurn, batches: AsyncIterable<Frame[]>): Promise<Response> {
  const frames: Frame[] = []
  for await (const batch of batches) frames.push(...batch)
  if (turn.failure) throw turn.failure
  return json(collapse(frames))
}

const json = (value: unknown) => Response.json(value, { headers: { 'cache-control': 'no-store' } })

function streamed(batches: AsyncIterable<Frame[]>, framing: Framing): Response {
  return new Response(streamFrames(batches, framing), {
    headers: {
      'content-type': framing.contentType,
      // No proxy may hold tokens back to compress or to buffer them.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      ...framing.headers,
    },
  })
}

function replayed(stored: Frame[], framing: Framing | undefined): Response {
  const response = framing ? streamed(replay(stored), framing) : json(collapse(stored))
  response.headers.set('idempotency-replayed', 'true')
  return response
}
