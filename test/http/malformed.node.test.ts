import { expect, test } from 'vitest'
import { floodOperations } from '../support/malformed.ts'
import { startWorker } from '../support/worker.ts'

/** test/faults/malformed.fault.ts sends all of them, with another seed. */
const FACTOR = 0.05

test('no body makes a POST operation fail: each is taken or refused in the envelope, as the schema says', async () => {
  const worker = await startWorker()
  const counts = await floodOperations(worker, FACTOR, 20_261_123)
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['chat', 'addDocument', 'createAgent', 'createKey']))
  for (const [id, { statuses, valid }] of Object.entries(counts)) {
    const sent = FACTOR * (id === 'chat' ? 10_000 : 500)
    expect(Object.values(statuses).reduce((sum, some) => sum + some, 0)).toBe(sent)
    expect(statuses[400], `${id} ${JSON.stringify(statuses)}`).toBeGreaterThan(sent / 2)
    expect(valid).toBeLessThan(sent / 2)
  }
  await worker.close()
}, 60_000)
