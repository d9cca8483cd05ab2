import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, framesOf } from '../support/workspace.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const REFUNDS = `# Refunds

Refunds take 5 to 7 business days after we receive your return. Shipping costs are not refunded.

## Exchanges

Exchanges are free within 30 days of delivery.
`

test('an agent answers from its knowledge with a verified citation, as JSON and as a stream', async () => {
  const space = await createWorkspace(worker)
  const document = await space.addDocument('How refunds work', REFUNDS, { url: 'https://help.example/refunds' })

  const whole = await space.ask('How long do refunds take?')
  expect(whole.status, whole.text).toBe(200)
  expect(whole.body.content).toContain('Refunds take 5 to 7 business days')
  expect(whole.body).toMatchObject({ role: 'assistant', finishReason: 'stop' })
  const [citation] = whole.body.citations
  expect(citation).toMatchObject({ n: 1, sourceId: document.id, url: 'https://help.example/refunds', verified: true })
  expect(REFUNDS.slice(citation.start, citation.end)).toBe(citation.quote)

  const streamed = await space.ask('How long do refunds take?', { stream: true })
  expect(streamed.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
  const frames = framesOf(streamed.text)
  expect(frames[0].type).toBe('start')
  expect(frames.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' })
  const text = frames.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta)
  expect(text.join('')).toBe(whole.body.content)
})
