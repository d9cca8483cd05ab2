import { afterAll, beforeAll, expect, test } from 'vitest'
import { playSchedules, startScripted } from './protocol.ts'

let scripted: Awaited<ReturnType<typeof startScripted>>
beforeAll(async () => {
  scripted = await startScripted()
})
afterAll(() => scripted.close())

test('R14 small: whatever the provider sends, the stream keeps its protocol and says what the whole answer says', async () => {
  const outcomes = await playSchedules(scripted.space, 0, 200, 8)
  // The draw holds enough of both, or the test says nothing.
  expect(outcomes.ok).toBeGreaterThan(100)
  expect(outcomes.PROVIDER_ERROR).toBeGreaterThan(20)
  const { messages, tokens } = (await scripted.space.asOrganization('GET', '/api/usage')).body
  expect([messages.reserved, tokens.reserved]).toEqual([0, 0])
})
