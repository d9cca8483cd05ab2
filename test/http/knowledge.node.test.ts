import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json } from '../support/workspace.ts'

let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  worker = await startWorker()
  expectRefusal = await refusalsOf(worker)
})
afterAll(() => worker.close())

test('a document is in the next answer when it is added, and out of the next answer when it is deleted', async () => {
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const refusal = (await space.ask('How long do refunds take?')).body.content
  const old = await space.addDocument('Refunds', 'Refunds take 5 to 7 business days.')
  const answer = await space.ask('How long do refunds take?')
  expect(answer.body.content).toContain('5 to 7 business days')

  const url = 'https://help.example/refunds?new=1#top'
  const current = await space.addDocument('Refunds since May', '# Refunds\n\nRefunds take 2 hours.', { url })
  expect((await space.asOrganization('DELETE', `${path}/${old.id}`)).status).toBe(204)
  const changed = (await space.ask('How long do refunds take?')).body
  expect(changed.content).toContain('2 hours')
  expect(changed.content).not.toContain('business days')
  expect(changed.citations).toMatchObject([{ sourceId: current.id, url, title: 'Refunds since May', verified: true }])
  expect(changed.citations[0].contentHash).toBe(current.contentHash)

  expectRefusal(await space.asOrganization('DELETE', `${path}/${old.id}`), 404, 'NOT_FOUND')
  expectRefusal(await space.asOrganization('GET', `${path}/${old.id}`), 404, 'NOT_FOUND')
  await space.asOrganization('DELETE', `${path}/${current.id}`)
  expect((await space.ask('How long do refunds take?')).body).toMatchObject({ content: refusal, citations: [] })
  expect((await space.asOrganization('GET', path)).body.data).toEqual([])
})

test('documents are listed page by page and read back letter by letter, whatever the letters', async () => {
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const texts = [
    ['Rückgabe – Größe', 'Die Rückerstattung dauert fünf Werktage.\r\n\r\nSchöne Grüße 🙂'],
    ['返金について', '返金には五営業日かかります。\u3000送料は返金されません。'],
    ['استرداد', 'يستغرق رد الأموال خمسة أيام عمل. \u200fسؤال؟'],
    ['👩‍👩‍👧‍👦 Family', 'Emoji: 👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u{1F600}\tTab'],
    ['Edge', 'Quotes " \' ` and \\ and \u2028 and <script>alert(1)</script> and %00 and \u0000 and {{x}}'],
  ]
  const made: Json[] = []
  for (const [title, content] of texts)
    made.push(await space.addDocument(String(title), String(content), { format: 'text' }))
  for (const [index, [title, content]] of texts.entries()) {
    const { id, bytes, contentHash } = made[index]
    const read = (await space.asOrganization('GET', `${path}/${id}`)).body
    expect(read).toEqual({ ...made[index], title, content })
    expect(bytes).toBe(Buffer.byteLength(String(content)))
    expect(contentHash).toMatch(/^[0-9a-f]{64}$/)
  }
  expect(new Set(made.map(({ contentHash }) => contentHash)).size).toBe(texts.length)
  const german = await space.ask('Wie lange dauert die Rückerstattung?')
  expect(german.body.citations[0], german.text).toMatchObject({ sourceId: made[0].id, verified: true })
  const japanese = await space.ask('返金にかかる営業日')
  expect(japanese.body.citations[0], japanese.text).toMatchObject({ sourceId: made[1].id, verified: true })
  const { start, end, quote } = japanese.body.citations[0]
  expect(texts[1]?.[1]?.slice(start, end)).toBe(quote)

  const seen: string[] = []
  for (let cursor = ''; ;) {
    const { data, pagination } = (await space.asOrganization('GET', `${path}?limit=2${cursor}`)).body
    seen.push(...data.map(({ id }: { id: string }) => id))
    expect(data.every((row: Json) => !('content' in row))).toBe(true)
    if (!pagination.hasMore) break
    cursor = `&cursor=${pagination.nextCursor}`
  }
  expect(seen).toEqual(made.map(({ id }) => id).toReversed())
  expectRefusal(await space.asOrganization('GET', `${path}?cursor=nonsense`), 400, 'INVALID_CURSOR')
})

test('half a letter is stored as the replacement character and harms neither the search nor the offsets', async () => {
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const body = '{"title":"Half","content":"Before \\udc00 that. Refunds take 5 days."}'
  const added = await space.asOrganization('POST', path, body)
  expect(added.status, added.text).toBe(201)
  const read = (await space.asOrganization('GET', `${path}/${added.body.id}`)).body
  expect(read.content).toBe('Before \ufffd that. Refunds take 5 days.')
  const { citations } = (await space.ask('How long do refunds take?')).body
  expect(read.content.slice(citations[0].start, citations[0].end)).toBe(citations[0].quote)
})

test('what a document may not be is refused by field, and the plan’s number holds', async () => {
  const space = await createWorkspace(worker, { plan: 'free' })
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const wrong: [body: object, param: string][] = [
    [{ content: 'Text' }, 'title'],
    [{ title: 'T' }, 'content'],
    [{ title: 'T', content: '' }, 'content'],
    [{ title: 'T', content: ' \n\t ' }, 'content'],
    [{ title: 'T', content: 'x'.repeat(1_000_001) }, 'content'],
    [{ title: 'x'.repeat(301), content: 'Text' }, 'title'],
    [{ title: 'null\u0000', content: 'Text' }, 'title'],
    [{ title: 'half \ud83d', content: 'Text' }, 'title'],
    [{ title: 'T', content: 'Text', format: 'html' }, 'format'],
    [{ title: 'T', content: 'Text', url: 'javascript:alert(1)' }, 'url'],
    [{ title: 'T', content: 'Text', url: 'data:text/html,x' }, 'url'],
    [{ title: 'T', content: 'Text', url: 'example.com' }, 'url'],
    [{ title: 'T', content: 'Text', id: 'doc_mine' }, 'id'],
  ]
  for (const [body, param] of wrong) {
    const error = expectRefusal(await space.asOrganization('POST', path, body), 400, 'VALIDATION_FAILED')
    expect(error.param).toBe(param)
  }
  const tooLarge = { title: 'T', content: 'x'.repeat(6 * 1024 * 1024 + 1) }
  expectRefusal(await space.asOrganization('POST', path, tooLarge), 413, 'PAYLOAD_TOO_LARGE')
  expect((await space.asOrganization('GET', path)).body.data).toEqual([])

  const largest = await space.addDocument('Large', `${'Filler without meaning. '.repeat(41_000)}Refunds take 5 days.`)
  expect(largest.bytes).toBeGreaterThan(980_000)
  expect((await space.ask('How long do refunds take?')).body.citations[0]).toMatchObject({ sourceId: largest.id })
  for (let number = 1; number < 45; number++) await space.addDocument(`T${number}`, 'Text')
  const add = () => space.asOrganization('POST', path, { title: 'T', content: 'Text' })
  const made = await Promise.all(Array.from({ length: 10 }, add))
  expect(made.filter(({ status }) => status === 201)).toHaveLength(5)
  const refused = made.find(({ status }) => status !== 201) ?? (await add())
  expect(expectRefusal(refused, 403, 'PLAN_UPGRADE_REQUIRED')).toMatchObject({
    feature: 'documents',
    requiredPlan: 'starter',
  })
})

test('a connection key with the scopes keeps the knowledge of its agent, and of no other', async () => {
  const space = await createWorkspace(worker)
  const other = await createWorkspace(worker)
  const foreign = await other.addDocument('Canary', 'The canary sings at 5 in the morning.')
  const second = (await space.asOrganization('POST', '/api/agents', { name: 'Second' })).body.id
  const scopes = ['knowledge:read', 'knowledge:write']
  const { key } = (await space.asOrganization('POST', `/api/agents/${space.agentId}/keys`, { name: 'K', scopes })).body
  const asKey = (method: string, agentId: string, rest = '', body?: unknown) =>
    call(worker, method, `/api/agents/${agentId}/knowledge/documents${rest}`, { key, body })
  const body = { title: 'Own', content: 'Own text.' }
  const own = await asKey('POST', space.agentId, '', body)
  expect(own.status).toBe(201)
  for (const agentId of [second, other.agentId]) {
    for (const id of [own.body.id, foreign.id]) {
      expectRefusal(await asKey('GET', agentId, `/${id}`), 404, 'NOT_FOUND')
      expectRefusal(await asKey('DELETE', agentId, `/${id}`), 404, 'NOT_FOUND')
    }
    expectRefusal(await asKey('GET', agentId), 404, 'NOT_FOUND')
    expectRefusal(await asKey('POST', agentId, '', body), 404, 'NOT_FOUND')
  }
  expectRefusal(await asKey('GET', space.agentId, `/${foreign.id}`), 404, 'NOT_FOUND')
  expectRefusal(await asKey('DELETE', space.agentId, `/${foreign.id}`), 404, 'NOT_FOUND')
  expect((await asKey('GET', space.agentId)).body.data).toMatchObject([{ title: 'Own' }])
  expect((await space.ask('When does the canary sing?')).text).not.toContain('morning')
  expect((await other.ask('When does the canary sing?')).text).toContain('morning')
})

test('a document of nothing but headings is refused before it holds up the index', async () => {
  const space = await createWorkspace(worker)
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  const refused = await space.asOrganization('POST', path, { title: 'T', content: '# a\nb\n'.repeat(100_000) })
  expect(expectRefusal(refused, 400, 'VALIDATION_FAILED').param).toBe('content')
  expect((await space.asOrganization('POST', path, { title: 'T', content: '# a\nb\n'.repeat(1_000) })).status).toBe(201)
})
