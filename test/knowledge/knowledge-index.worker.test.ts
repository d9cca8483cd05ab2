/** The knowledge object on the real SQLite of workerd: what node:sqlite in the other tests cannot prove. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

let made = 0
const newIndex = () => env.KNOWLEDGE.getByName(`org/agent-${made++}`)
const ask = (text: string) => ({ texts: [{ text, weight: 1 }], limit: 3, maxChars: 4_000 })
const refunds = {
  id: 'doc_1',
  title: 'Refunds',
  format: 'text',
  content: 'We pay refunds within 5 days. 返品できます。',
} as const

test('documents are found, also after the object was evicted, until they are deleted', async () => {
  const index = newIndex()
  const summary = await index.putDocument(refunds)
  expect(summary).toMatchObject({ id: 'doc_1', chunks: 1, contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
  await index.putDocument({ ...refunds, id: 'doc_2', title: 'Shipping', content: 'We ship on Mondays.' })
  await evictDurableObject(index)
  for (const text of ['how do refunds work', 'refnuds', '返品']) {
    const { passages, score } = await index.search(ask(text))
    expect(passages[0], text).toMatchObject({ documentId: 'doc_1', contentHash: summary.contentHash, start: 0 })
    expect(score).toBeGreaterThan(0.5)
  }
  expect(await index.deleteDocument('doc_1')).toBe(true)
  expect((await index.search(ask('refunds'))).passages).toEqual([])
  expect(await index.getDocument('doc_1')).toBeUndefined()
  expect(await index.stats()).toMatchObject({ documents: 1, chunks: 1, epoch: 3 })
})

test('a purged object is empty and can be used again', async () => {
  const index = newIndex()
  await index.putDocument(refunds)
  await index.purge()
  expect(await index.stats()).toEqual({ documents: 0, chunks: 0, epoch: 0, bytes: 0 })
  await index.putDocument(refunds)
  expect((await index.search(ask('refunds'))).passages).toHaveLength(1)
})

test('a large index keeps within the platform: bound parameters, values, FTS5', async () => {
  const index = newIndex()
  const words = Array.from(
    { length: 160_000 },
    (_, at) => `w${((at * 7_919) % 9_001).toString(36)}${at % 14 ? '' : '.'}`,
  )
  await index.putDocument({ ...refunds, id: 'big', title: 'Big', content: words.join(' ') })
  await index.putDocument(refunds)
  expect((await index.stats()).chunks).toBeGreaterThan(1_100)
  const { passages, score } = await index.search(ask('how do refunds work'))
  expect(passages[0]?.documentId).toBe('doc_1')
  expect(score).toBeGreaterThan(0.6)
  const many = await index.search(ask(words.slice(0, 3_000).join(' ')))
  expect(many.passages.length).toBeGreaterThan(0)
  expect((await index.getDocument('big'))?.content).toBe(words.join(' '))
  expect(await index.deleteDocument('big')).toBe(true)
  expect(await index.stats()).toMatchObject({ documents: 1, chunks: 1 })
})
