import { describeError } from '../lib/log.ts'
import { Problem, problem } from '../lib/problem.ts'
import type { ModelMessage } from '../models/provider.ts'
import { conclude } from './conclude.ts'
import { deltas, type Frame } from './frames.ts'
import type { LiveTurn } from './live-turn.ts'
import { MAX_OUTPUT_TOKENS } from './prompt.ts'

const TEXT_ID = '0'

/**
 * The brain: answers one admitted question as frames, in batches that belong into one write. Every door consumes this
 * generator. It never throws: a failure becomes an `error` frame and `finish`. The turn is settled, and so readable
 * for the next request, before the terminal frame is out.
 */
export async function* run(turn: LiveTurn, prompt: ModelMessage[]): AsyncGenerator<Frame[]> {
  yield [turn.startFrame(), ...turn.sourceFrames()]
  try {
    yield* streamModel(turn, prompt)
    if (!turn.isSettled) turn.conclusion = await conclude(turn.admitted, turn.text)
  } catch (error) {
    if (turn.isSettled) return
    yield* fail(turn, error)
    return
  }
  if (turn.isSettled) return
  yield [...textEnd(turn), ...turn.conclusionFrames()]
  await turn.settle('completed')
  yield [turn.finishFrame()]
}

async function* streamModel(turn: LiveTurn, messages: ModelMessage[]): AsyncGenerator<Frame[]> {
  const { model, evidence, texts, fallback } = turn.admitted
  const request = {
    messages,
    question: { texts },
    evidence,
    fallback: fallback.text,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    signal: turn.signal,
  }
  for await (const event of model.stream(request)) {
    if (turn.isSettled) return
    switch (event.type) {
      case 'delta': {
        const frames: Frame[] = turn.text === '' ? [{ type: 'text-start', id: TEXT_ID }] : []
        turn.append(event.text)
        for (const delta of deltas(event.text)) frames.push({ type: 'text-delta', id: TEXT_ID, delta })
        yield frames
        break
      }
      case 'usage':
        turn.countTokens(event)
        break
      case 'finish':
        turn.finishReason = event.reason
        break
    }
  }
}

async function* fail(turn: LiveTurn, error: unknown): AsyncGenerator<Frame[]> {
  const { tenant } = turn.admitted
  if (!(error instanceof Problem)) tenant.log('error', 'chat_failed', { error: describeError(error) })
  const refusal = error instanceof Problem ? error : problem('INTERNAL')
  turn.failure = refusal
  turn.finishReason = 'error'
  tenant.log('warn', 'answer_failed', { code: refusal.code, model: turn.admitted.model.model })
  await turn.settle('failed')
  yield [...textEnd(turn), errorFrame(refusal, tenant.requestId), turn.finishFrame()]
}

const textEnd = (turn: LiveTurn): Frame[] => (turn.text === '' ? [] : [{ type: 'text-end', id: TEXT_ID }])

function errorFrame(refusal: Problem, correlationId: string): Frame {
  const { code, message, retryable } = refusal
  return { type: 'error', errorText: message, code, correlationId, retryable }
}
