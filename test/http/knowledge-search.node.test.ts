import { afterAll, beforeAll, expect, test } from 'vitest'
import { ABSTAIN_BELOW } from '../../src/models/extract.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

const search = (space: Workspace, body: Json, key = space.organizationKey) =>
  call(worker, 'POST', `/api/agents/${space.agentId}/knowledge/search`, { key, body })

test('what would be found is told with scores, offsets and the words that matched, and costs no message', async () => {
  const space = await createWorkspace(worker)
  const content = '# Refunds\n\nWe refund the full price. Refunds take 5 to 7 business days after we have your parcel.'
  const document = await space.addDocument('Money back', content, { url: 'https://help.example/r' })
  await space.addDocument('Delivery', 'Delivery takes 3 to 5 business days.')
  const used = async () => (await space.asOrganization('GET', '/api/usage')).body.messages
  const before = await used()
  const { status, body, text } = await search(space, { query: 'How many bussiness days do REFUNDS take?' })
  expect(status, text).toBe(200)
  const [first] = body.results
  expect(first).toMatchObject({
    documentId: document.id,
    title: 'Money back',
    url: 'https://help.example/r',
    headings: ['Refunds'],
  })
  expect(first.contentHash).toBe(document.contentHash)
  expect(content.slice(first.start, first.end)).toBe(first.text)
  const marked = first.highlights.map(({ start, end }: Json) => first.text.slice(start, end))
  expect(marked).toEqual(['refund', 'Refunds', 'take', 'business', 'days'])
  // "Money" of the title is near to "refunds"; the list holds it, the text does not.
  expect(first.matched).toEqual(['refund', 'refunds', 'take', 'business', 'days', 'money'])
  expect(body.results.map(({ score }: Json) => score)).toEqual(
    body.results.map(({ score }: Json) => score).toSorted((a: number, b: number) => b - a),
  )
  expect(body.evidence).toEqual({ score: expect.any(Number), threshold: ABSTAIN_BELOW, wouldAnswer: true })
  expect(body.repaired).toEqual({ bussiness: 'business' })
  expect(body.epoch).toBe(2)
  expect(body.tookMs).toBeGreaterThanOrEqual(0)
  expect(await used()).toEqual(before)

  const limited = await search(space, { query: 'business days', limit: 1 })
  expect(limited.body.results).toHaveLength(1)
  const nothing = (await search(space, { query: 'Which pizza toppings exist?' })).body
  expect(nothing.evidence).toMatchObject({ wouldAnswer: false })
  expect(nothing.evidence.score).toBeLessThan(ABSTAIN_BELOW)
  expect((await search(space, { query: 'Hello!' })).body.evidence.wouldAnswer).toBe(false)
})

test('it finds what a chat cites, and history weighs in as in a chat', async () => {
  const space = await createWorkspace(worker)
  await space.addDocument('Tents', 'The tent weighs 1.8 kg and costs 300 EUR. Its groundsheet is sold separately.')
  await space.addDocument('Boots', 'The boots weigh 900 g and cost 180 EUR.')
  const history = [
    { role: 'user', content: 'Tell me about your tent' },
    { role: 'assistant', content: 'The tent weighs 1.8 kg.' },
  ]
  const query = 'And what does it cost?'
  const chat = (await space.ask('', { messages: [...history, { role: 'user', content: query }] })).body
  const found = (await search(space, { query, history })).body
  expect(found.results[0].title).toBe('Tents')
  expect(chat.citations[0]).toMatchObject({ title: 'Tents', sourceId: found.results[0].documentId })
})

test('words are marked in scripts without blanks too', async () => {
  const space = await createWorkspace(worker)
  await space.addDocument('返金について', '返金には5〜7営業日かかります。送料は返金されません。', { format: 'text' })
  const [first] = (await search(space, { query: '返金の送料' })).body.results
  const marked = first.highlights.map(({ start, end }: Json) => first.text.slice(start, end))
  expect(marked).toEqual(['返金', '送料', '返金'])
  expect(first.matched).toEqual(['返金', '送料'])
})

test('the epoch grows with every change that a search could show, and with no other', async () => {
  const space = await createWorkspace(worker)
  const epoch = async () => (await search(space, { query: 'refunds' })).body.epoch
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const epochs = [await epoch()]
  const document = await space.addDocument('Refunds', 'Refunds take 5 days.')
  epochs.push(await epoch())
  await space.addDocument('Delivery', 'Delivery takes 3 days.')
  epochs.push(await epoch())
  await space.asOrganization('DELETE', `${path}/${document.id}`)
  epochs.push(await epoch())
  for (const [at, one] of epochs.entries()) if (at > 0) expect(one).toBeGreaterThan(epochs[at - 1] ?? Infinity)
  await space.asOrganization('DELETE', `${path}/${document.id}`)
  await space.ask('How long does delivery take?')
  expect(await epoch()).toBe(epochs.at(-1))
})

test('it needs the scope to read knowledge, and refuses what is no question', async () => {
  const space = await createWorkspace(worker)
  const keyWith = async (scopes: string[]) =>
    (await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'K', scopes })).body.key
  expectRefusal(await search(space, { query: 'refunds' }, await keyWith(['chat'])), 403, 'INSUFFICIENT_SCOPE')
  expect((await search(space, { query: 'refunds' }, await keyWith(['knowledge:read']))).status).toBe(200)
  const bad: Json[] = [
    {},
    { query: ' ' },
    { query: 'x'.repeat(2_001) },
    { query: 'x', limit: 0 },
    { query: 'x', limit: 21 },
    { query: 'x', history: [{ role: 'system', content: 'x' }] },
    { query: 'x', more: 1 },
  ]
  for (const body of bad) expectRefusal(await search(space, body), 400, 'VALIDATION_FAILED')
  const odd = ['\ud83d half', '"', 'AND OR NEAR(', '%_*', '\u0000', '🙂', 'x'.repeat(2_000)]
  for (const query of odd) expect((await search(space, { query })).status, query).toBe(200)
})
