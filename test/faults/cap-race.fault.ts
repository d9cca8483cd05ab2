import { expect, test } from 'vitest'
import { expectEqualSums, settledUsage } from '../chat/streams.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { createWorkspace } from '../support/workspace.ts'

const ROUNDS = 20
const REQUESTS = 1_000
const PARALLEL = 100
const CAP = 100

test('R1: of 1,000 chats, 100 at once, the cap admits exactly 100, in every one of 20 rounds', async () => {
  const worker = await startDirectWorker()
  const admitted: number[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const space = await createWorkspace(worker, { limits: { messages: CAP } })
      const seen = new Map<string, number>()
      let left = REQUESTS
      const ask = async () => {
        while (left-- > 0) {
          const answer = await space.ask('Why?', { stream: left % 2 === 0 })
          const outcome = answer.status === 200 ? '200' : `${answer.status} ${answer.body.error.code}`
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
          expect(answer.headers.get('retry-after')).toBeNull()
        }
      }
      await Promise.all(Array.from({ length: PARALLEL }, ask))
      admitted.push(seen.get('200') ?? 0)
      expect(Object.fromEntries(seen)).toEqual({ '200': CAP, '402 MESSAGE_LIMIT_REACHED': REQUESTS - CAP })
      const usage = await settledUsage(space)
      expect(usage.messages).toEqual({ used: CAP, reserved: 0, limit: CAP })
      await expectEqualSums(worker, space, usage)
    }
  } finally {
    await worker.close()
  }
  console.log(`R1 admitted ${Math.min(...admitted)} to ${Math.max(...admitted)} of ${CAP} in ${ROUNDS} rounds`)
})
