import { listMessages } from '../conversations/conversations.ts'
import { Problem } from '../lib/problem.ts'
import type { Visit } from './visit.ts'

export type Message = Awaited<ReturnType<typeof listMessages>>['data'][number]

/** The last messages, oldest first. A conversation that is not there (any more) is an empty one. */
export async function readThread(
  { tenant }: Visit,
  agentId: string,
  conversationId: string,
  limit: number,
): Promise<Message[]> {
  try {
    return (await listMessages(tenant, agentId, conversationId, { limit })).data.toReversed()
  } catch (error) {
    if (error instanceof Problem && error.code === 'NOT_FOUND') return []
    throw error
  }
}
