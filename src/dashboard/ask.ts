import { problem } from '../lib/problem.ts'
import type { Run, Visit } from './visit.ts'

/** Of an answer that is told once; longer ones stand in the conversation. */
const MAX_TEXT = 1_200

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
    question,
    status: response.status,
    ms: visit.tenant.now() - started,
    requestId: response.headers.get('x-request-id') ?? '',
    text: (answer.content ?? answer.error?.message ?? '').slice(0, MAX_TEXT),
    conversationId: answer.conversationId,
  }
}
