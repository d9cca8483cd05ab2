import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { evidenceScore, wordsShared } from '../../src/knowledge/index/evidence-score.ts'
import { Frequencies } from '../../src/knowledge/index/frequencies.ts'
import { hashedTexts, IN_MEMORY } from '../../src/knowledge/index/hashed-chunks.ts'
import { LexicalSearch } from '../../src/knowledge/index/lexical.ts'
import { Query } from '../../src/knowledge/index/query.ts'
import { isOneSlip, repairWord } from '../../src/knowledge/index/spelling.ts'
import { KnowledgeStore } from '../../src/knowledge/index/store.ts'
import { contentTerms } from '../../src/lib/analyse.ts'
import { ABSTAIN_BELOW } from '../../src/models/extract.ts'
import { nodeSql } from '../support/node-sql.ts'

const SHOP: [title: string, content: string][] = [
  ['Refund policy', 'You can return any item within 30 days. We refund the full price within 5 business days.'],
  ['Shipping', 'We ship to all EU countries. Delivery takes 3 to 5 days and costs 4.90 EUR.'],
  ['Passwords', '# Reset\nOpen the login page and choose "Forgot password".\n# Length\nAt least ten characters.'],
  ['Warranty', 'All devices come with a two-year warranty. Send us the serial number.'],
  ['About us', 'Acme was founded in 2012 in Berlin by Ada Example. We sell coffee machines.'],
]

const slips = (word: string, at: number) => [
  word.slice(0, at) + word.slice(at + 1),
  `${word.slice(0, at)}x${word.slice(at)}`,
  `${word.slice(0, at)}x${word.slice(at + 1)}`,
  word.slice(0, at) + word.slice(at + 1, at + 2) + word.slice(at, at + 1) + word.slice(at + 2),
]

const fillerWord = (at: number) => `w${'abcdefghij'.charAt(at % 10)}${'klmnopqrst'.charAt(Math.floor(at / 10) % 10)}`

const hashes = (text: string) => new Int32Array(hashedTexts([contentTerms(text)]))

async function shop(documents = SHOP) {
  const storage = nodeSql()
  const store = new KnowledgeStore(storage)
  for (const [at, [title, content]] of documents.entries()) {
    await store.putDocument({ id: `doc_${at}`, title, content, format: 'markdown' })
  }
  const ask = (text: string, limit = 5, maxChars = 4_000) =>
    store.search({ texts: [{ text, weight: 1 }], limit, maxChars })
  return { store, storage, ask }
}

test('the right document comes first, with exact offsets and what it was cut from', async () => {
  const { store, ask } = await shop()
  for (const [question, title] of [
    ['How do refunds work?', 'Refund policy'],
    ['how long does delivery take', 'Shipping'],
    ['I forgot my password!', 'Passwords'],
    ['who founded Acme', 'About us'],
  ]) {
    const { passages, score } = ask(question ?? '')
    const [best] = passages
    expect(best?.title).toBe(title)
    expect(score).toBeGreaterThan(ABSTAIN_BELOW)
    const document = store.getDocument(best?.documentId ?? '')
    expect(document?.content.slice(best?.start, (best?.start ?? 0) + (best?.text.length ?? 0))).toBe(best?.text)
    expect(best?.contentHash).toBe(document?.contentHash)
  }
  expect(ask('forgot password').passages[0]).toMatchObject({
    headings: ['Reset'],
    matched: expect.arrayContaining(['forgot']),
  })
})

test('what the knowledge does not speak of scores low, greetings and nothing score 0', async () => {
  const { ask } = await shop()
  for (const text of ['what is the weather in Paris', 'hi', 'help me please', '', '???', '😀']) {
    expect(ask(text).score, text).toBeLessThan(ABSTAIN_BELOW)
  }
  expect(ask('hello').passages).toEqual([])
})

test('one shared word is weaker evidence than two; scripts that are cut into pairs are not counted', async () => {
  const { ask } = await shop()
  const chunk = {
    id: 1,
    document: 1,
    lead: true,
    title: hashes('Shipping'),
    body: hashes('Delivery of orders to the EU, 返品'),
  }
  const shared = (text: string) => wordsShared(new Query([{ text, weight: 1 }]), chunk)
  expect(shared('delivery of zeppelins')).toBe(1)
  expect(shared('shipping of zeppelins to the eu')).toBe(2)
  expect(shared('parcel')).toBe(1)
  expect(shared('返品はできますか')).toBe(2)
  const scores = [0, 1, 2, 3].map((words) =>
    evidenceScore([{ all: 3, latest: 3, shared: words }], { all: 4, latest: 4 }, 500),
  )
  expect(scores).toEqual([...new Set(scores)].toSorted((a, b) => a - b))
  expect(evidenceScore([{ all: 0, latest: 0, shared: 5 }], { all: 4, latest: 4 }, 500)).toBe(0)
  expect(ask('warranty').score).toBeGreaterThan(ABSTAIN_BELOW)
})

test('a question may be written in the language of the search engine', async () => {
  const { ask } = await shop()
  for (const text of [
    'AND',
    'refund NOT OR',
    '"refund',
    'title:refund*',
    'NEAR(refund, price)',
    "'; drop table chunks --",
  ]) {
    expect(() => ask(text)).not.toThrow()
  }
  expect(ask('refund AND "price" NEAR *').passages[0]?.title).toBe('Refund policy')
})

test('misspelt words are read as words of the index', async () => {
  const { ask } = await shop()
  const { passages, repaired } = ask('delivrey and waranty')
  expect(repaired).toEqual({ delivrey: 'delivery', waranty: 'warranty' })
  expect(passages.map(({ title }) => title)).toEqual(expect.arrayContaining(['Shipping', 'Warranty']))
})

test('a slip is one letter more, less, other or swapped', () => {
  expect(['ab', 'abcd', 'axc', 'acb', 'bac'].map((word) => isOneSlip('abc', word))).toEqual(Array(5).fill(true))
  expect(['abc', 'cba', 'a', 'abcde', 'xyc'].map((word) => isOneSlip('abc', word))).toEqual(Array(5).fill(false))
})

test('every word of the index is found again after one slip', async () => {
  const { storage } = await shop()
  const frequencies = new Frequencies(storage.sql)
  for (const word of ['warranty', 'delivery', 'password']) {
    for (let at = 0; at < word.length; at++) {
      for (const slip of slips(word, at)) {
        if (slip !== word) expect(repairWord(storage.sql, slip, frequencies), slip).toBe(word)
      }
    }
  }
})

test('words of support mean the same as their neighbours', async () => {
  const { ask } = await shop()
  expect(ask('Can I get my money back?').passages[0]?.title).toBe('Refund policy')
})

test('earlier turns find, the latest turn decides whether there is an answer', async () => {
  const { store } = await shop()
  const earlier = { text: 'Tell me about shipping and delivery', weight: 0.5 }
  const search = (text: string) => store.search({ texts: [{ text, weight: 1 }, earlier], limit: 3, maxChars: 4_000 })
  expect(search('how much does it cost?').passages[0]?.title).toBe('Shipping')
  expect(search('how much does it cost?').score).toBeGreaterThan(ABSTAIN_BELOW)
  expect(search('why is that?').score).toBeGreaterThan(ABSTAIN_BELOW)
  expect(search('who won the football world cup').score).toBeLessThan(ABSTAIN_BELOW)
})

test('every analysed term of any language is found in the index', async () => {
  const languages = [
    'Größe façade œuvre İstanbul ΟΔΟΣ Возврат',
    'वापस कर सकते हैं उत्पाद',
    'ค่าจัดส่งสินค้าภายใน',
    'إرجاع المنتجات خلال',
    '返品できますか 退款政策 환불 정책',
    'ខ្មែរ ລາວ မြန်မာ עִבְרִית',
    'e\u0301te\u0301 ﬁle ① ２０２４',
  ]
  const { storage, ask } = await shop(languages.map((content, at) => [`t${at}`, content]))
  const frequencies = new Frequencies(storage.sql)
  for (const [at, text] of languages.entries()) {
    const terms = contentTerms(text)
    frequencies.load(terms)
    expect(terms.filter((term) => frequencies.of(term) === 0)).toEqual([])
    expect(ask(text).passages[0]?.title).toBe(`t${at}`)
  }
})

test('replacing and deleting leave nothing of the old text behind', async () => {
  const { store, ask } = await shop()
  const before = store.stats()
  const put = (content: string) => store.putDocument({ id: 'doc_1', title: 'Shipping', content, format: 'text' })
  const changed = await put('Zeppelins carry it to the moon.')
  expect(ask('all EU countries').passages.map(({ title }) => title)).not.toContain('Shipping')
  expect(ask('zeppelin').passages[0]).toMatchObject({ documentId: 'doc_1', contentHash: changed.contentHash })
  const { epoch, documents } = store.stats()
  expect(documents).toBe(5)
  expect(epoch).toBeGreaterThan(before.epoch)
  await put('Zeppelins carry it to the moon.')
  expect(store.stats().epoch).toBe(epoch)
  expect(store.deleteDocument('doc_1')).toBe(true)
  expect(store.deleteDocument('doc_1')).toBe(false)
  expect(ask('zeppelin').passages).toEqual([])
  for (const { id } of store.listDocuments({ limit: 9 }).documents) store.deleteDocument(id)
  expect(store.stats()).toMatchObject({ documents: 0, chunks: 0, bytes: 0 })
})

test('documents are listed newest id first, page by page', async () => {
  const { store } = await shop()
  const first = store.listDocuments({ limit: 2 })
  expect(first).toMatchObject({ documents: [{ id: 'doc_4' }, { id: 'doc_3' }], hasMore: true })
  const rest = store.listDocuments({ limit: 3, after: 'doc_3' })
  expect(rest).toMatchObject({ documents: [{ id: 'doc_2' }, { id: 'doc_1' }, { id: 'doc_0' }], hasMore: false })
})

test('large and broken content comes back whole', async () => {
  const { store } = await shop([])
  const content = `${'Wörter 😀 '.repeat(120_000)}end`
  await store.putDocument({ id: 'big', title: 'Big', url: 'https://a.example/', content, format: 'text' })
  expect(store.getDocument('big')).toMatchObject({ content, url: 'https://a.example/', format: 'text' })
  await store.putDocument({ id: 'half', title: 'Half \ud800', content: 'a \ud800 letter', format: 'text' })
  expect(store.getDocument('half')?.content).toBe('a \ufffd letter')
})

test('passages keep to the limits, with at most two of one document', async () => {
  const long = Array.from(
    { length: 60 },
    (_, at) => `Refunds for item ${at} take ${at} days and are paid back to the card.`,
  )
  const { ask } = await shop([['Refunds', long.join(' ')], ...SHOP])
  const { passages } = ask('refunds for items paid by card')
  expect(passages.filter(({ title }) => title === 'Refunds').length).toBe(2)
  expect(ask('refunds', 1).passages).toHaveLength(1)
  const tight = ask('refunds paid days', 5, 300).passages
  expect(tight.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(300)
  expect(tight.length).toBeGreaterThan(0)
})

test('a large index asks FTS5 for candidates and finds the same; common words propose only what rare ones do not', async () => {
  const { store, storage } = await shop()
  const filler = Array.from(
    { length: (IN_MEMORY + 100) * 120 },
    (_, at) => `${fillerWord(at * 7)}${at % 15 === 0 ? ' gadget.' : ''}`,
  )
  await store.putDocument({ id: 'filler', title: 'Filler', content: filler.join(' '), format: 'text' })
  expect(store.stats().chunks).toBeGreaterThan(IN_MEMORY)
  const search = (text: string) => new LexicalSearch(storage.sql).search([{ text, weight: 1 }])
  const found = search('how do refunds work')
  expect(found.ranked).toHaveLength(1)
  expect(found.score).toBeGreaterThan(ABSTAIN_BELOW)
  expect(search('refunds for a gadget').ranked.length).toBeGreaterThan(100)
  expect(search('refunds for a gadget').ranked[0]?.chunk.document).toBe(found.ranked[0]?.chunk.document)
})

test('no question breaks a search', async () => {
  const { ask } = await shop()
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const { score, passages } = ask(text)
      expect(score).toBeGreaterThanOrEqual(0)
      expect(score).toBeLessThanOrEqual(1)
      expect(passages.length).toBeLessThanOrEqual(5)
    }),
    { seed: 5, numRuns: 300 },
  )
  expect(() =>
    ask('many different words '.repeat(2_000) + Array.from({ length: 3_000 }, (_, at) => `q${at}`).join(' ')),
  ).not.toThrow()
})
