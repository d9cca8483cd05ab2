import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deltas, NDJSON, SSE } from '../../src/chat/frames.ts'
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

test('any text is cut into deltas that fit a line of 16 KB and are whole characters', () => {
  const piece = fc.constantFrom('🙂', '日', 'x', '\u0000', '"', '\u2028', 'é', '\n')
  const text = fc
    .array(fc.tuple(piece, fc.integer({ min: 1, max: 4_000 })), { maxLength: 5 })
    .map((runs) => runs.map(([one, times]) => one.repeat(times)).join(''))
  fc.assert(
    fc.property(text, (whole) => {
      const parts = [...deltas(whole)]
      expect(parts.join('')).toBe(whole)
      expect(parts.every((part) => part !== '' && part.isWellFormed())).toBe(true)
      for (const delta of parts) {
        for (const framing of [NDJSON, SSE]) {
          const line = framing.encode({ type: 'text-delta', id: '0', delta })
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16 * 1024)
          expect(line.trimEnd().includes('\n')).toBe(false)
        }
      }
    }),
    { seed: 14, numRuns: 200 },
  )
})
