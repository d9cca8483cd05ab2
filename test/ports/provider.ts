/** What every ModelProvider promises. */
import { expect, test } from 'vitest'
import { contentTerms } from '../../src/lib/analyse.ts'
import { Problem } from '../../src/lib/problem.ts'
import type { ModelEvent, ModelProvider, ModelRequest } from '../../src/models/provider.ts'

const FACT = 'Refunds take 5 to 7 business days after we receive your return.'
const QUESTION = 'How many business days do refunds take?'

export function modelRequest(signal = new AbortController().signal): ModelRequest {
  const matched = contentTerms(QUESTION)
  const passage = {
    documentId: 'doc_1',
    title: 'Refunds',
    url: 'https://help.example/refunds',
    headings: [],
    text: `${FACT} Shipping costs stay with you.`,
    start: 0,
    ordinal: 0,
    score: 1,
    contentHash: '0'.repeat(64),
    matched,
  }
  return {
    messages: [
      { role: 'system', content: 'Answer from the passages.' },
      { role: 'user', content: `Passages:\n\n[1] Refunds\n"""\n${passage.text}\n"""\n\nQuestion: ${QUESTION}` },
    ],
    question: { texts: [{ text: QUESTION, weight: 1 }] },
    evidence: { passages: [passage], score: 1, terms: Object.fromEntries(matched.map((term) => [term, 1])) },
    fallback: 'I do not know that.',
    maxOutputTokens: 1_024,
    signal,
  }
}

export type Heard = {
  events: ModelEvent[]
  text: string
  usage: Extract<ModelEvent, { type: 'usage' }> | undefined
  finishes: string[]
  /** What was thrown, if something was. */
  thrown: unknown
}

/** Listens to the end, whatever it is. */
export async function listen(stream: AsyncIterable<ModelEvent>, onEvent?: (event: ModelEvent) => void): Promise<Heard> {
  const heard: Heard = { events: [], text: '', usage: undefined, finishes: [], thrown: undefined }
  try {
    for await (const event of stream) {
      heard.events.push(event)
      if (event.type === 'delta') heard.text += event.text
      if (event.type === 'usage') heard.usage = event
      if (event.type === 'finish') heard.finishes.push(event.reason)
      onEvent?.(event)
    }
  } catch (error) {
    heard.thrown = error
  }
  return heard
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0

/** `text` is the whole answer to `modelRequest()`. */
export function providerContract(create: () => ModelProvider, text: string | RegExp): void {
  const whole = (heard: Heard) => {
    expect(heard.thrown).toBeUndefined()
    if (typeof text === 'string') expect(heard.text).toBe(text)
    else expect(heard.text).toMatch(text)
    expect(heard.finishes).toEqual(['stop'])
  }

  test('an answer is deltas that make the whole text, the usage, and exactly one finish at the end', async () => {
    const heard = await listen(create().stream(modelRequest()))
    whole(heard)
    expect(heard.events.at(-1)?.type).toBe('finish')
    expect(heard.events.filter((event) => event.type === 'delta' && event.text === '')).toEqual([])
    expect(isCount(heard.usage?.inputTokens) && isCount(heard.usage?.outputTokens)).toBe(true)
    expect(heard.usage?.outputTokens).toBeGreaterThan(0)
  })

  test('one provider answers several questions, also at once', async () => {
    const provider = create()
    const all = await Promise.all(Array.from({ length: 10 }, () => listen(provider.stream(modelRequest()))))
    for (const heard of all) whole(heard)
    whole(await listen(provider.stream(modelRequest())))
    expect(provider.model).not.toBe('')
  })

  test('after an abort the stream ends soon, whole or with a Problem, and finishes at most once', async () => {
    for (const when of ['before', 'at the first event'] as const) {
      const caller = new AbortController()
      if (when === 'before') caller.abort()
      const start = performance.now()
      const heard = await listen(create().stream(modelRequest(caller.signal)), () => caller.abort())
      expect(performance.now() - start).toBeLessThan(1_000)
      if (heard.thrown === undefined) expect(heard.finishes).toHaveLength(1)
      else expect(heard).toMatchObject({ thrown: expect.any(Problem), finishes: [] })
    }
  })

  test('a caller that stops listening gets no error', async () => {
    for await (const event of create().stream(modelRequest())) {
      if (event.type === 'usage') continue
      expect(event.type).toBe('delta')
      break
    }
  })
}
