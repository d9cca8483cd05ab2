import { utf8 } from '../lib/bytes.ts'
import { problem } from '../lib/problem.ts'
import type { Run, Visit } from './visit.ts'

/**
 * Of what is told once, as JSON in UTF-8: it travels in a cookie, sealed and in base64url, and browsers drop cookies of
 * more than 4,096 bytes. A longer answer stands in the conversation.
 */
const MAX_QUESTION = 700
const MAX_TEXT = 1_600

type Answer = { content?: string; conversationId?: string; error?: { message: string } }

/** Asks by the same route as every caller, as the member who sits here. */
export async function ask(visit: Visit, agentId: string, question: string, conversationId?: string): Promise<Run> {
  if (!question) throw problem('VALIDATION_FAILED', { message: 'question: is empty', param: 'question' })
  const started = visit.tenant.now()
  const messages = [{ role: 'user', content: question }]
  const response = await visit.callApi(`/api/agents/${agentId}/chat`, {
    messages,
    stream: false,
    ...(conversationId ? { conversationId } : {}),
  })
  const answer = (await response.json()) as Answer
  return {
    question: beginning(question, MAX_QUESTION),
    status: response.status,
    ms: visit.tenant.now() - started,
    requestId: response.headers.get('x-request-id') ?? '',
    text: beginning(answer.content ?? answer.error?.message ?? '', MAX_TEXT),
    conversationId: answer.conversationId,
  }
}

/** As many of a text's first letters as have room in so many bytes of JSON. */
function beginning(text: string, most: number): string {
  let bytes = 0
  let end = 0
  for (const letter of text) {
    bytes += utf8(JSON.stringify(letter)).length - 2
    if (bytes > most) break
    end += letter.length
  }
  return text.slice(0, end)
}
