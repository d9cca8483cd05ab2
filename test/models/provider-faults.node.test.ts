/** R13, once through: the whole Worker in front of a provider that fails in every way the fake knows. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAULT_MODES, startFakeOpenAI } from '../support/fake-openai.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace } from '../support/workspace.ts'
import { judge, judgeTranscript, judgeUsage, PROVIDER_KEY } from './provider-answers.ts'

// Wide enough for a busy machine; the gap is narrower than the second between the tokens of `slow`.
const TIMEOUTS = { first: 2_000, gap: 800, total: 4_000 }
const fake = await startFakeOpenAI()
let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker({
    vars: { OPENAI_BASE_URL: fake.url, MODEL_TIMEOUTS_MS: Object.values(TIMEOUTS).join() },
    secrets: { OPENAI_API_KEY: PROVIDER_KEY },
  })
  const warm = await createWorkspace(worker)
  expect(await warm.ask('Warm?')).toMatchObject({ status: 200 })
})
afterAll(async () => {
  await worker.close()
  await fake.close()
})

for (const fault of FAULT_MODES) {
  test.concurrent(`provider ${fault.mode}: ${fault.code}, as JSON and as a stream`, async () => {
    const space = await createWorkspace(worker, { agent: { behavior: { model: fault.model } } })
    const start = performance.now()
    const [whole, streamed] = await Promise.all([space.ask('Why?'), space.ask('Why?', { stream: true })])
    expect(performance.now() - start).toBeLessThan(TIMEOUTS.total + 2_000)
    judge(fault, whole, false)
    judge(fault, streamed, true)
    await judgeUsage(space, fault, 2)
    await judgeTranscript(worker, space, fault, 2)
  })
}
