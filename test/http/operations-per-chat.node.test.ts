import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCountedWorker } from '../support/counted-worker.ts'
import { createWorkspace, framesOf, type Workspace } from '../support/workspace.ts'

let counted: Awaited<ReturnType<typeof startCountedWorker>>
let space: Workspace
beforeAll(async () => {
  counted = await startCountedWorker()
  space = await createWorkspace(counted.worker)
  await space.addDocument('How refunds work', '# Refunds\n\nRefunds take 5 to 7 business days.')
  // The isolate's first chat reads the key, the organization and the agent, and notes the key's use.
  await ask()
})
afterAll(() => counted.close())

async function ask(body: Record<string, unknown> = {}) {
  const answer = await space.ask('How long do refunds take?', { stream: true, ...body })
  expect(answer.status, answer.text).toBe(200)
  const frames = framesOf(answer.text)
  expect(frames.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
  const conversationId: string = frames[0].messageMetadata.conversationId
  return { conversationId, ...(await counted.take()) }
}

test('a warm isolate asks D1 nothing before the first token, and writes one batch after the answer', async () => {
  const { beforeFirstToken, after } = await ask()
  expect(beforeFirstToken).toMatchObject({ d1Queries: 0, fetches: 1, queueSends: 0 })
  expect(beforeFirstToken.calls.toSorted()).toEqual(['BUDGET.reserve', 'KNOWLEDGE.search'])
  expect(after).toMatchObject({ d1Queries: 1, d1Batches: 1, fetches: 0, queueSends: 0 })
  expect(after.calls.toSorted()).toEqual(['BUDGET.settle', 'COUNTER.add'])
  // The conversation, the question and the answer; the row of its usage and that row's place in the index by time.
  expect(after.d1RowsWritten).toBe(5)
})

test('a conversation that goes on is read by one query', async () => {
  const { conversationId } = await ask()
  const { beforeFirstToken, after } = await ask({ conversationId })
  expect(beforeFirstToken).toMatchObject({ d1Queries: 1, d1Batches: 0, fetches: 1 })
  expect(after).toMatchObject({ d1Queries: 1, d1Batches: 1 })
  expect(after.d1RowsWritten).toBe(5)
})
