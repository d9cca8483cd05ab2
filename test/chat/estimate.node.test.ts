/** A cap holds only if no message can cost more than is held for it before. */
import fc from 'fast-check'
import { estimateTokenCount } from 'tokenx'
import { expect, test } from 'vitest'
import type { Agent } from '../../src/agents/agents.ts'
import { DEFAULT_BEHAVIOR } from '../../src/agents/contract.ts'
import { fallbackFor } from '../../src/chat/fallback.ts'
import { buildPrompt, estimateTokens, MAX_OUTPUT_TOKENS } from '../../src/chat/prompt.ts'
import { MAX_PASSAGE_CHARACTERS } from '../../src/knowledge/retrieve.ts'

const agents = (['say_so', 'ask_back', 'hand_off'] as const).map(
  (noEvidence) => ({ behavior: { ...DEFAULT_BEHAVIOR, noEvidence } }) as Agent,
)

/** Texts that cost tokenizers much or little for their length. */
const pieces = [
  'refunds ',
  'a,',
  '1 ',
  '{"a":1},',
  '日本語',
  'ё',
  '🙂',
  '\n\n  ',
  'x'.repeat(40),
  '!?',
  'ß ',
  '한국',
  '\u{1F468}\u200D',
]
const text = fc
  .tuple(fc.constantFrom(...pieces), fc.constantFrom(...pieces), fc.integer({ min: 1, max: 3_000 }))
  .map(([a, b, times]) => (a + b).repeat(times).slice(0, 8_000))
const turn = fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: text })

test('what is held covers what is charged, whatever the turns are made of', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...agents),
      fc.array(turn, { minLength: 1, maxLength: 8 }),
      text,
      (agent, turns, passage) => {
        const evidence = {
          documentId: 'doc_1',
          title: 'Refunds',
          headings: ['Money back'],
          text: passage.slice(0, MAX_PASSAGE_CHARACTERS),
          start: 0,
          ordinal: 0,
          score: 1,
          contentHash: '',
          matched: [],
        }
        const prompt = buildPrompt(agent, turns, [evidence], fallbackFor(agent.behavior, turns, [evidence]))
        const charged = estimateTokenCount(prompt.map(({ content }) => content).join('\n')) + MAX_OUTPUT_TOKENS
        expect(charged).toBeLessThanOrEqual(estimateTokens(agent, turns))
      },
    ),
    { seed: 3, numRuns: 300 },
  )
})

test('the smallest question holds little more than an answer and its passages can cost', () => {
  for (const agent of agents) {
    const held = estimateTokens(agent, [{ role: 'user', content: 'Why?' }])
    expect(held).toBeLessThan(MAX_PASSAGE_CHARACTERS + MAX_OUTPUT_TOKENS + 2_000)
  }
})
