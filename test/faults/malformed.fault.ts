// Row S3 of the scoreboard: 10,000 malformed chat bodies and 500 for every other POST operation, none of which fails.
import { expect, test } from 'vitest'
import { floodOperations } from '../support/malformed.ts'
import { startWorker } from '../support/worker.ts'

test('of 10,000 malformed bodies none makes the service fail, and only what the schema takes is answered', async () => {
  const worker = await startWorker()
  const counts = await floodOperations(worker, 1, 42)
  for (const [id, { statuses, valid }] of Object.entries(counts)) {
    const sent = id === 'chat' ? 10_000 : 500
    console.log(id, statuses, { valid })
    expect(Object.values(statuses).reduce((sum, some) => sum + some, 0)).toBe(sent)
    expect(statuses[400]).toBeGreaterThan(sent / 2)
    expect(valid).toBeLessThan(sent / 2)
  }
  await worker.close()
})
