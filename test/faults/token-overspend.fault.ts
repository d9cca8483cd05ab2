import { expect, test } from 'vitest'
import { expectEqualSums, randomOf, readStream, sampleUsage, type Seen, settledUsage } from '../chat/streams.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { answerText, startFakeOpenAI } from '../support/fake-openai.ts'
import { createWorkspace } from '../support/workspace.ts'

const STREAMS = 500
const PARALLEL = 10
const TOKENS = 250
/** Room for what runs at once, and not for all 500 answers: the last ones are refused. */
const CAP = 200_000

test('R2: 500 streams, half of them left at a random place, never spend more tokens than there are', async () => {
  const fake = await startFakeOpenAI({ tokens: TOKENS, firstDelayMs: 10, gapMs: 2 })
  const worker = await startDirectWorker({
    vars: { OPENAI_BASE_URL: fake.url },
    secrets: { OPENAI_API_KEY: 'sk-good-1234' },
  })
  try {
    const space = await createWorkspace(worker, { limits: { tokens: CAP } })
    let most = 0
    const sampler = sampleUsage(space, 10, ({ tokens, messages }) => {
      most = Math.max(most, tokens.used + tokens.reserved)
      expect(tokens.used + tokens.reserved).toBeLessThanOrEqual(CAP)
      expect(Math.min(tokens.used, tokens.reserved, messages.used, messages.reserved)).toBeGreaterThanOrEqual(0)
    })
    const random = randomOf(20_261_123)
    const somewhere = () => Math.ceil(random() * 0.8 * answerText(TOKENS).length)
    const streams = Array.from({ length: STREAMS }, (_, i) => (i % 2 === 0 ? somewhere() : Infinity))
    const seen: Seen[] = []
    const client = async () => {
      for (let leave = streams.pop(); leave !== undefined; leave = streams.pop()) {
        seen.push(await readStream(worker, space, leave))
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, client))

    const usage = await settledUsage(space)
    const samples = await sampler.stop()
    const stored = await expectEqualSums(worker, space, usage)
    expect(usage.tokens.used).toBeLessThanOrEqual(CAP)

    const refused = seen.filter(({ status }) => status !== 200)
    const left = seen.filter((one) => one.left)
    expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['402 TOKEN_LIMIT_REACHED']),
    )
    expect(usage.messages.used).toBe(STREAMS - refused.length)
    expect(stored.filter(({ status }) => status === 'aborted').length).toBeGreaterThan(left.length * 0.9)
    for (const one of seen) if (one.status === 200 && !one.left) expect(one.text).toBe(answerText(TOKENS))
    // The test says nothing unless the cap was near.
    expect(refused.length).toBeGreaterThan(20)
    expect(left.length).toBeGreaterThan(150)
    console.log(
      `R2 ${usage.tokens.used} of ${CAP} tokens used, at most ${most} used and held in ${samples} samples, 0 leases left; ` +
        `${STREAMS} streams: ${left.length} left, ${refused.length} refused`,
    )
  } finally {
    await worker.close()
    await fake.close()
  }
})
