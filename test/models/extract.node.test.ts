import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import { ABSTAIN_BELOW, extractAnswer, rankSentences } from '../../src/models/extract.ts'
import { isSmallTalk } from '../../src/models/small-talk.ts'
import { nodeSql } from '../support/node-sql.ts'

const SHOP: Record<string, string> = {
  'Refund policy':
    '# Refund policy\n\nYou can return any item within 30 days of delivery. We refund the full price within 5 business days.\n\n' +
    '## Exceptions\n\n- Gift cards are not refundable.\n- Opened software cannot be returned.\n',
  Shipping:
    '# Shipping\n\nWe ship to all EU countries and the UK. Standard delivery takes 3 to 5 days and costs 4.90 EUR.\n\n' +
    '| Country | Days |\n|---|---|\n| Germany | 2 |\n| Spain | 4 |\n',
  FAQ:
    '**How do I reset my password?**\nOpen the login page and choose "Forgot password". We send you a link.\n\n' +
    '**Do you have a phone number?**\nYes: +49 30 1234567, Monday to Friday.\n\n' +
    '**Can I change my order after paying?**\nOnly within 30 minutes. After that the parcel is being packed.\n',
  Warranty: 'All devices come with a two-year warranty. Send us the serial number and a photo of the damage.',
  'About us': 'Acme GmbH was founded in 2012 in Berlin by Ada Example. We sell coffee machines and grinders.',
}

async function answering(documents: Record<string, string>) {
  const store = new KnowledgeStore(nodeSql())
  for (const [title, content] of Object.entries(documents)) {
    await store.putDocument({ id: title, title, content, format: 'markdown' })
  }
  return (text: string, earlier: { text: string; weight: number }[] = []) => {
    const texts = [{ text, weight: 1 }, ...earlier]
    const evidence = store.search({ texts, limit: 6, maxChars: 6_000 })
    const { sentences } = extractAnswer({ texts }, evidence)
    for (const { passage, text: quote, start, end } of sentences) {
      const document = store.getDocument(evidence.passages[passage]?.documentId ?? '')
      expect(document?.content.slice(start, end)).toBe(quote)
    }
    return sentences.map((sentence) => sentence.text)
  }
}

test('five short documents: the sentences that answer are quoted', async () => {
  const ask = await answering(SHOP)
  expect(ask('How do refunds work?')).toContain('We refund the full price within 5 business days.')
  expect(ask('how long does delivery take?')).toEqual(['Standard delivery takes 3 to 5 days and costs 4.90 EUR.'])
  expect(ask('Are gift cards refundable?')).toContain('Gift cards are not refundable.')
  expect(ask('who founded the company Acme?')).toContain('Acme GmbH was founded in 2012 in Berlin by Ada Example.')
})

test('one document is enough, and in any language', async () => {
  const one = await answering({ 'Refund policy': SHOP['Refund policy'] ?? '' })
  expect(one('How do refunds work?').length).toBeGreaterThan(0)
  expect(one('what is the weather today?')).toEqual([])
  const japanese = await answering({
    返品について: '商品到着後30日以内であれば返品できます。',
    配送: '送料は4.90ユーロです。',
  })
  expect(japanese('返品はできますか？')).toEqual(['商品到着後30日以内であれば返品できます。'])
  expect(japanese('送料はいくらですか')).toEqual(['送料は4.90ユーロです。'])
  expect(japanese('今日の天気は？')).toEqual([])
})

test('an FAQ answers with the answer, not with the question', async () => {
  const ask = await answering(SHOP)
  expect(ask('can I change my order after paying?')).toEqual([
    'Only within 30 minutes.',
    'After that the parcel is being packed.',
  ])
  expect(ask('what is your phone number?')[0]).toBe('Yes: +49 30 1234567, Monday to Friday.')
})

test('headings are context, never the answer; table rows come after sentences', async () => {
  const ask = await answering(SHOP)
  const exceptions = ask('which exceptions to the refund policy are there?')
  expect(exceptions).toContain('Gift cards are not refundable.')
  expect(exceptions.join()).not.toContain('Exceptions')
  expect(ask('which country do you ship to?')[0]).toBe('We ship to all EU countries and the UK.')
})

test('what the knowledge does not say is not answered, nor are greetings and thanks', async () => {
  const ask = await answering(SHOP)
  const refunds = [{ text: 'How do refunds work?', weight: 0.5 }]
  for (const text of ['what is the weather in Paris', 'write me a poem', 'who is the president of the united states']) {
    expect(ask(text), text).toEqual([])
    expect(ask(text, refunds), text).toEqual([])
  }
  for (const text of ['hi', 'Thanks, that worked!', 'Guten Tag', 'ありがとうございます', '谢谢！', 'ok great']) {
    expect(isSmallTalk(text), text).toBe(true)
    expect(ask(text, refunds), text).toEqual([])
  }
  for (const text of ['Hello, where is my order?', 'good coffee', 'why?', ''])
    expect(isSmallTalk(text), text).toBe(false)
})

test('a sentence that announces steps brings them along, and they are not repeated', async () => {
  const steps = 'To change the header image:\n1. Open the editor.\n2. Click the header.\n3. Choose another image.'
  const ask = await answering({
    Header: `${steps}\n\nSaved images stay in your library.`,
    Footer: 'The footer is grey.',
  })
  const quotes = ask('how do I change the header image?')
  expect(quotes[0]).toBe(steps)
  expect(quotes).not.toContain('Click the header.')
})

test('a follow-up question is understood from the turns before', async () => {
  const ask = await answering(SHOP)
  expect(ask('and what does it cost?', [{ text: 'How do you ship and deliver?', weight: 0.5 }])).toContain(
    'Standard delivery takes 3 to 5 days and costs 4.90 EUR.',
  )
})

test('thin evidence gives no sentences, whatever the passages', () => {
  const passage = {
    documentId: 'd',
    title: 'T',
    headings: [],
    text: 'Refunds take days.',
    start: 7,
    ordinal: 0,
    score: 1,
    contentHash: '',
    matched: ['refund'],
  }
  const evidence = { passages: [passage], terms: { refund: 2 }, score: ABSTAIN_BELOW - 0.01 }
  const question = { texts: [{ text: 'refunds', weight: 1 }] }
  expect(extractAnswer(question, evidence)).toEqual({ sentences: [] })
  expect(extractAnswer(question, { ...evidence, score: ABSTAIN_BELOW })).toMatchObject({
    sentences: [{ passage: 0, text: 'Refunds take days.', start: 7, end: 25 }],
  })
  expect(extractAnswer(question, { passages: [], terms: {}, score: 1 })).toEqual({ sentences: [] })
})

test('sentences are exact slices of their passage, best first, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('refund ', 'Pay. ', '\n', '- ', '# ', '? ', 'x'), maxLength: 200 }),
      (text) => {
        const passage = {
          documentId: 'd',
          title: '',
          headings: [],
          text,
          start: 3,
          ordinal: 0,
          score: 1,
          contentHash: '',
          matched: [],
        }
        const ranked = rankSentences(
          { texts: [{ text: 'pay refund', weight: 1 }] },
          { passages: [passage], terms: { refund: 2, pai: 1 } },
        )
        for (const [at, { start, end, score, text: quote }] of ranked.entries()) {
          expect(text.slice(start - 3, end - 3)).toBe(quote)
          if (at > 0) expect(score).toBeLessThanOrEqual(ranked[at - 1]?.score ?? 0)
        }
      },
    ),
    { seed: 6, numRuns: 300 },
  )
})
