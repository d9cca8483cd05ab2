/** R13: every fault of the provider twenty times at once, as JSON and as a stream; then with the timeouts of production. */
import { afterAll, expect, test } from 'vitest'
import { type Fault, judge, judgeTranscript, judgeUsage, PROVIDER_KEY } from '../models/provider-answers.ts'
import { FAULT_MODES, startFakeOpenAI } from '../support/fake-openai.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf } from '../support/workspace.ts'

const TIMES = 20
const fake = await startFakeOpenAI()
afterAll(() => fake.close())

async function withWorker(timeouts: string | undefined, run: (worker: TestWorker) => Promise<void>) {
  const vars = { OPENAI_BASE_URL: fake.url, ...(timeouts === undefined ? {} : { MODEL_TIMEOUTS_MS: timeouts }) }
  const worker = await startWorker({ vars, secrets: { OPENAI_API_KEY: PROVIDER_KEY } })
  try {
    await run(worker)
  } finally {
    await worker.close()
  }
}

async function flood(worker: TestWorker, fault: Fault, stream: boolean): Promise<number> {
  const space = await createWorkspace(worker, { agent: { behavior: { model: fault.model } } })
  const durations: number[] = []
  const ask = async () => {
    const start = performance.now()
    const answer = await space.ask('Why?', { stream })
    durations.push(performance.now() - start)
    judge(fault, answer, stream)
  }
  await Promise.all(Array.from({ length: TIMES }, ask))
  await judgeUsage(space, fault, TIMES)
  await judgeTranscript(worker, space, fault, TIMES)
  return Math.max(...durations)
}

test('R13: every fault is told as what it is, charged by the policy, and holds nothing afterwards', async () => {
  let longest = 0
  await withWorker('3000,900,6000', async (worker) => {
    for (const fault of FAULT_MODES) {
      for (const stream of [false, true]) longest = Math.max(longest, await flood(worker, fault, stream))
    }
  })
  expect(longest).toBeLessThan(8_000)
  const asked = FAULT_MODES.length * TIMES * 2
  console.log(
    `R13 ${asked}/${asked} answers of ${FAULT_MODES.length} faults as expected, the slowest ${Math.round(longest)} ms`,
  )
})

test('R13: with the timeouts of production no answer takes longer than 61 seconds', async () => {
  let longest = 0
  await withWorker(undefined, async (worker) => {
    const ask = async (model: string, stream: boolean) => {
      const space = await createWorkspace(worker, { agent: { behavior: { model } } })
      const start = performance.now()
      const answer = await space.ask('Why?', { stream })
      const seconds = (performance.now() - start) / 1000
      longest = Math.max(longest, seconds)
      const code = stream ? framesOf(answer.text).at(-2).code : answer.body.error.code
      expect([model, code]).toEqual([model, 'PROVIDER_TIMEOUT'])
      const { messages, tokens } = (await space.asOrganization('GET', '/api/usage')).body
      expect([messages.reserved, tokens.reserved]).toEqual([0, 0])
      return { seconds, pings: stream ? framesOf(answer.text).filter(({ type }) => type === 'data-ping').length : 0 }
    }
    // Nothing for 15 seconds; three tokens and then nothing for 10; a token a second and no end.
    const [connect, first, stall, slow] = await Promise.all([
      ask('fake:hang-connect', false),
      ask('fake:hang-first', true),
      ask('fake:stall', true),
      ask('fake:slow', true),
    ])
    expect(connect.seconds).toBeGreaterThan(14)
    expect(connect.seconds).toBeLessThan(17)
    expect(first.seconds).toBeLessThan(17)
    expect(first.pings).toBe(1)
    expect(stall.seconds).toBeLessThan(12)
    expect(slow.seconds).toBeGreaterThan(58)
    expect(slow.seconds).toBeLessThan(61)
  })
  console.log(`R13 the longest answer with production timeouts ${longest.toFixed(1)} s`)
})
