import type { ChatAnswer } from './contract.ts'
import { deltas, type Frame } from './frames.ts'

/** A whole answer from the frames of one: what a client gets that did not ask for a stream. */
export function collapse(frames: readonly Frame[]): ChatAnswer {
  const answer: ChatAnswer = {
    id: '',
    conversationId: '',
    role: 'assistant',
    content: '',
    citations: [],
    grounding: null,
    action: null,
    finishReason: 'other',
    usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
    correlationId: '',
  }
  for (const frame of frames) {
    switch (frame.type) {
      case 'start':
        answer.id = frame.messageId
        answer.conversationId = frame.messageMetadata.conversationId
        answer.correlationId = frame.messageMetadata.correlationId
        break
      case 'text-delta':
        answer.content += frame.delta
        break
      case 'data-citations':
        answer.citations = frame.data
        break
      case 'data-grounding':
        answer.grounding = frame.data
        break
      case 'data-action':
        answer.action = frame.data
        break
      case 'finish':
        answer.finishReason = frame.finishReason
        answer.usage = frame.messageMetadata.usage
        break
      default:
        break
    }
  }
  return answer
}

/** The frames of a stored answer once more as a stream, all in one batch. */
export async function* replay(stored: readonly Frame[]): AsyncGenerator<Frame[]> {
  yield stored.flatMap((frame): Frame[] => {
    if (frame.type !== 'text-delta') return [frame]
    const { id } = frame
    const parts = Array.from(deltas(frame.delta), (delta): Frame => ({ type: 'text-delta', id, delta }))
    return [{ type: 'text-start', id }, ...parts, { type: 'text-end', id }]
  })
}
