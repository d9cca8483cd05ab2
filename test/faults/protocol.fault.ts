import { expect, test } from 'vitest'
import { playSchedules, startScripted } from '../chat/protocol.ts'

const SCHEDULES = 10_000
/** Other schedules than those of the short test. */
const FIRST = 1_000_000

test('R14: 10,000 schedules of tokens and faults, each as a stream and as one answer', async () => {
  const scripted = await startScripted()
  try {
    const outcomes = await playSchedules(scripted.space, FIRST, SCHEDULES, 16)
    const played = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
    expect(played).toBe(SCHEDULES)
    const { messages, tokens } = (await scripted.space.asOrganization('GET', '/api/usage')).body
    expect([messages.reserved, tokens.reserved]).toEqual([0, 0])
    console.log(`R14 ${played}/${SCHEDULES} schedules keep the protocol: ${JSON.stringify(outcomes)}`)
  } finally {
    await scripted.close()
  }
})
