import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docxParts, pdf, utf8, wp, xlsxParts, zip } from '../knowledge/extract/samples.ts'
import { startDirectWorker } from '../support/direct-worker.ts'
import { DocsSite } from '../support/docs-site.ts'
import { type ExpectRefusal, refusalsOf } from '../support/refusals.ts'
import { endOfSync } from '../support/sources.ts'
import type { TestWorker } from '../support/worker.ts'
import { call, createWorkspace, type Json, type Workspace } from '../support/workspace.ts'

let site: DocsSite
let worker: TestWorker
let expectRefusal: ExpectRefusal
beforeAll(async () => {
  site = await DocsSite.start()
  worker = await startDirectWorker({ vars: { ALLOW_LOOPBACK_URLS: site.origin } })
  expectRefusal = await refusalsOf(worker)
})
afterAll(async () => {
  await worker.close()
  await site.close()
})

const knowledge = ({ agentId }: Workspace) => `/api/agents/${agentId}/knowledge`

async function addSource(space: Workspace, body: Json): Promise<Json> {
  const answer = await space.asOrganization('POST', `${knowledge(space)}/sources`, body)
  expect(answer.status, answer.text).toBe(201)
  return endOfSync(space, answer.body.id)
}

async function upload(space: Workspace, name: string, bytes: Uint8Array | string, type = 'application/octet-stream') {
  const response = await fetch(`${worker.baseUrl}${knowledge(space)}/files?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${space.organizationKey}`, 'content-type': type },
    body: bytes as BodyInit,
  })
  const body = (await response.json()) as Json
  return { status: response.status, body }
}

async function documentsOf(space: Workspace): Promise<Json[]> {
  return (await space.asOrganization('GET', `${knowledge(space)}/documents?limit=100`)).body.data
}

test('a site becomes knowledge: crawled, told page by page, synced again, deleted without a trace', async () => {
  const space = await createWorkspace(worker)
  const source = await addSource(space, {
    kind: 'site',
    url: `${site.origin}/docs/s1`,
    maxPages: 40,
    include: ['/docs/s1/a7*'],
  })
  expect(source).toMatchObject({
    kind: 'site',
    name: new URL(site.origin).host,
    state: 'finished',
    documents: 2,
    pages: { pending: 0, failed: 0, done: 2 },
    changes: { added: 2, updated: 0, unchanged: 0, removed: 0 },
    settings: { include: ['/docs/s1/a7*'], maxPages: 40, maxDepth: 5, everyHours: null },
    error: null,
    nextSyncAt: null,
  })
  expect(source.chunks).toBeGreaterThanOrEqual(2)
  expect(source.lastSyncedAt).toBe(source.finishedAt)
  expect(source.progress.done).toBe(source.progress.total)

  const answer = (await space.ask('What is the rule number for billing 7?')).body
  expect(answer.content).toContain('1007')
  expect(answer.citations[0]).toMatchObject({ url: `${site.origin}/docs/s1/a7`, verified: true })

  const path = `${knowledge(space)}/sources/${source.id}`
  const first = (await space.asOrganization('GET', `${path}/pages?state=done&limit=1`)).body
  const second = (await space.asOrganization('GET', `${path}/pages?state=done&limit=1&after=${first.next}`)).body
  expect([first.data.length, second.data.length, second.next]).toEqual([1, 1, null])
  expect(first.data[0]).toMatchObject({ url: `${site.origin}/docs/s1`, reason: null, message: null, attempts: 1 })

  expect((await space.asOrganization('POST', `${path}/sync`)).body.state).toBe('running')
  expect((await endOfSync(space, source.id)).changes).toEqual({ added: 0, updated: 0, unchanged: 2, removed: 0 })

  const renamed = (await space.asOrganization('PATCH', path, { name: 'Help', everyHours: 24 })).body
  expect(renamed.name).toBe('Help')
  expect(Date.parse(renamed.nextSyncAt) - Date.parse(renamed.finishedAt)).toBe(24 * 3_600_000)
  expect((await space.asOrganization('PATCH', path, { everyHours: null })).body.nextSyncAt).toBe(null)

  expect((await space.asOrganization('DELETE', path)).status).toBe(204)
  expectRefusal(await space.asOrganization('GET', path), 404, 'NOT_FOUND')
  expect(await documentsOf(space)).toEqual([])
  expect((await space.ask('What is the rule number for billing 7?')).body.citations).toEqual([])
}, 60_000)

test('a page that does not work says why, and one page is one page', async () => {
  const space = await createWorkspace(worker)
  const page = await addSource(space, { kind: 'page', url: `${site.origin}/docs/s2/a3` })
  expect(page).toMatchObject({ state: 'finished', documents: 1, settings: { maxDepth: 0 } })
  const broken = await addSource(space, { kind: 'page', name: 'Gone', url: `${site.origin}/gone` })
  expect(broken).toMatchObject({ state: 'failed', documents: 0, error: { code: 'not-found' } })
  const { data } = (await space.asOrganization('GET', `${knowledge(space)}/sources/${broken.id}/pages`)).body
  expect(data).toMatchObject([{ state: 'skipped', reason: 'not-found', message: 'The page does not exist.' }])
})

test('pairs answer, are read back, and replacing them indexes only what has changed', async () => {
  const space = await createWorkspace(worker)
  const pairs = [
    { question: 'Do you ship to Iceland?', answer: 'Yes, parcels to Iceland take **nine days**.' },
    {
      question: 'Can I pay by invoice?',
      answer: 'Invoices are for companies only.',
      url: 'https://shop.example/invoice',
    },
    { question: 'Do you sell gift cards?', answer: 'Gift cards come in three sizes.' },
  ]
  const source = await addSource(space, { kind: 'pairs', name: 'FAQ', pairs })
  expect(source).toMatchObject({ state: 'finished', documents: 3, chunks: 3, settings: null, url: null })
  const path = `${knowledge(space)}/sources/${source.id}`
  expect((await space.asOrganization('GET', `${path}/pairs`)).body).toEqual({ pairs })
  const answer = (await space.ask('can i pay by invoice')).body
  expect(answer.content).toContain('companies only')
  expect(answer.citations[0]).toMatchObject({ title: pairs[1]?.question, url: 'https://shop.example/invoice' })

  const changed = [
    pairs[0],
    { ...pairs[1], answer: 'Invoices are for schools only.' },
    { question: 'New?', answer: 'New!' },
  ]
  expect((await space.asOrganization('PUT', `${path}/pairs`, { pairs: changed })).status).toBe(200)
  const after = await endOfSync(space, source.id)
  expect(after.changes).toEqual({ added: 1, updated: 1, unchanged: 1, removed: 1 })
  expect((await documentsOf(space)).map(({ title }) => String(title)).toSorted()).toEqual([
    'Can I pay by invoice?',
    'Do you ship to Iceland?',
    'New?',
  ])
  expect((await space.ask('can i pay by invoice')).body.content).toContain('schools only')
  // What was deleted by hand is there again when it is sent again.
  const [first] = await documentsOf(space)
  expect((await space.asOrganization('DELETE', `${knowledge(space)}/documents/${first.id}`)).status).toBe(204)
  await space.asOrganization('PUT', `${path}/pairs`, { pairs: changed })
  const healed = await endOfSync(space, source.id)
  expect(healed.changes).toEqual({ added: 1, updated: 0, unchanged: 2, removed: 0 })
  expect(await documentsOf(space)).toHaveLength(3)

  const twice = { kind: 'pairs', name: 'Twice', pairs: [pairs[0], pairs[0]] }
  expectRefusal(await space.asOrganization('POST', `${knowledge(space)}/sources`, twice), 400, 'VALIDATION_FAILED')
  expectRefusal(await space.asOrganization('POST', `${path}/sync`), 409, 'CONFLICT')
  expectRefusal(await space.asOrganization('PATCH', path, { maxPages: 3 }), 400, 'VALIDATION_FAILED')
})

const cell = (at: string, text: string) => `<c r="${at}" t="inlineStr"><is><t>${text}</t></is></c>`
const STAFF = `<row r="1">${cell('A1', 'Name')}${cell('B1', 'Extension')}</row><row r="2">${cell('A2', 'Ms Okafor')}${cell('B2', '4711')}</row>`

test('files of every kind answer', { timeout: 60_000 }, async () => {
  const space = await createWorkspace(worker)
  const files: [name: string, bytes: Uint8Array | string, question: string, answer: string][] = [
    ['terms.txt', 'The guarantee lasts eleven years.', 'How long does the guarantee last?', 'eleven years'],
    ['prices.csv', 'article,price\nLadder,45\nBucket,12\n', 'What is the price of a bucket?', '12'],
    ['help.md', '# Opening\n\nThe shop opens at quarter past six.', 'When does the shop open?', 'quarter past six'],
    ['about.html', '<h1>About</h1><p>Founded by Ada Kowalska.</p>', 'Who founded it?', 'Ada Kowalska'],
    ['letter.docx', zip(docxParts(wp('The depot lies behind the railway station.'))), 'Where is the depot?', 'railway'],
    ['staff.xlsx', zip(xlsxParts({ Staff: STAFF })), 'What is the extension of Ms Okafor?', '4711'],
    ['manual.pdf', pdf([[[700, 12, 'Press the green lever to start the pump.']]]), 'How do I start the pump?', 'lever'],
  ]
  for (const [name, bytes, question, expected] of files) {
    const made = await upload(space, name, bytes)
    expect(made.status, name).toBe(201)
    const source = await endOfSync(space, made.body.id)
    expect(source, name).toMatchObject({ kind: 'file', name, state: 'finished', documents: 1, error: null })
    const answer = (await space.ask(question)).body
    expect(answer.content, `${name}: ${question}`).toContain(expected)
    expect(answer.citations[0].verified).toBe(true)
  }
})

test('a file is replaced in place, and deleted with its text', async () => {
  const space = await createWorkspace(worker)
  const source = await endOfSync(space, (await upload(space, 'a.txt', 'The pool opens at nine.')).body.id)
  const path = `${knowledge(space)}/sources/${source.id}`
  const key = space.organizationKey
  const replaced = await call(worker, 'PUT', `${path}/file?name=b.txt`, { key, body: 'The pool opens at ten.' })
  expect(replaced.status, replaced.text).toBe(200)
  const after = await endOfSync(space, source.id)
  expect(after).toMatchObject({ name: 'b.txt', state: 'finished', documents: 1 })
  expect((await space.ask('When does the pool open?')).body.content).toContain('ten')
  await space.asOrganization('DELETE', path)
  expect(await documentsOf(space)).toEqual([])
})

test(
  'hostile and unreadable files end in a clear error of their own, and the next one works',
  { timeout: 60_000 },
  async () => {
    const space = await createWorkspace(worker)
    const bomb = zip({ ...docxParts(wp('x')), 'word/document.xml': new Uint8Array(60 * 1024 * 1024) })
    const parts = Object.fromEntries(Array.from({ length: 10_500 }, (_, i) => [`word/part${i}.xml`, '<a/>']))
    const cases: [name: string, bytes: Uint8Array | string, code: string][] = [
      ['bomb.docx', bomb, 'TOO_LARGE'],
      ['parts.docx', zip({ ...docxParts(wp('x')), ...parts }), 'TOO_MANY_PARTS'],
      ['scan.pdf', pdf(['q 100 0 0 100 0 0 cm /Im0 Do Q\n% /Subtype /Image']), 'SCANNED_PDF'],
      ['broken.pdf', '%PDF-1.7 and nothing else', 'MALFORMED'],
      ['program.exe', utf8('MZ\u0000\u0000\u0001\u0002'), 'UNSUPPORTED_FORMAT'],
      ['blank.txt', '   \n ', 'EMPTY'],
    ]
    for (const [name, bytes, code] of cases) {
      const made = await upload(space, name, bytes)
      expect(made.status, name).toBe(201)
      const source = await endOfSync(space, made.body.id)
      expect(source, name).toMatchObject({ state: 'failed', documents: 0, error: { code } })
      expect(source.error.message, name).toMatch(/^[A-Z].{10,160}\.$/)
    }
    const fine = await endOfSync(space, (await upload(space, 'fine.txt', 'All is well.')).body.id)
    expect(fine.state).toBe('finished')
  },
)

test('what cannot be a source is refused at the door', async () => {
  const space = await createWorkspace(worker)
  const path = `${knowledge(space)}/sources`
  const refused = [
    { kind: 'site', url: 'http://169.254.169.254/latest/meta-data/' },
    { kind: 'page', url: 'http://localhost/' },
    { kind: 'site', url: 'https://[::1]/' },
    { kind: 'site', url: `${worker.baseUrl}/` },
    { kind: 'site', url: 'ftp://docs.customer.com/' },
    { kind: 'site' },
    { kind: 'pairs', name: 'None', pairs: [] },
    { kind: 'other', url: 'https://docs.customer.com/' },
  ]
  for (const body of refused) expectRefusal(await space.asOrganization('POST', path, body), 400, 'VALIDATION_FAILED')
  expect((await upload(space, 'empty.txt', '')).status).toBe(400)
  const large = await upload(space, 'large.txt', new Uint8Array(25 * 1024 * 1024 + 1))
  expect(large).toMatchObject({ status: 413, body: { error: { code: 'PAYLOAD_TOO_LARGE' } } })
  expect((await space.asOrganization('GET', path)).body.data).toEqual([])
})

test('an upload that is sent twice with one Idempotency-Key is one source', async () => {
  const space = await createWorkspace(worker)
  const send = (name: string, text: string) =>
    call(worker, 'POST', `${knowledge(space)}/files?name=${name}`, {
      key: space.organizationKey,
      body: text,
      headers: { 'idempotency-key': 'upload-1' },
    })
  const first = await send('a.txt', 'Once.')
  const second = await send('a.txt', 'Once.')
  expect(second.body.id).toBe(first.body.id)
  expectRefusal(await send('a.txt', 'Other.'), 422, 'IDEMPOTENCY_MISMATCH')
  expectRefusal(await send('b.txt', 'Once.'), 422, 'IDEMPOTENCY_MISMATCH')
})

test("the plan's documents are not exceeded by a source, which says so", async () => {
  const space = await createWorkspace(worker, { plan: 'free' })
  const pairs = Array.from({ length: 60 }, (_, i) => ({ question: `Question ${i}?`, answer: `Answer number ${i}.` }))
  const source = await addSource(space, { kind: 'pairs', name: 'Many', pairs })
  expect(source).toMatchObject({
    state: 'finished',
    documents: 50,
    limit: 'documents',
    pages: { done: 50, failed: 10 },
  })
  const { data } = (await space.asOrganization('GET', `${knowledge(space)}/sources/${source.id}/pages?state=failed`))
    .body
  expect(data[0]).toMatchObject({ reason: 'document-limit', documentId: null })
  expectRefusal(
    await space.asOrganization('POST', `${knowledge(space)}/documents`, { title: 'One more', content: 'Text.' }),
    403,
    'PLAN_UPGRADE_REQUIRED',
  )
})

test('an agent that is deleted takes its sources with it', async () => {
  const space = await createWorkspace(worker)
  const source = await addSource(space, { kind: 'pairs', name: 'FAQ', pairs: [{ question: 'Q?', answer: 'A.' }] })
  await space.asOrganization('DELETE', `/api/agents/${space.agentId}`)
  const rows = () => worker.env.DB.prepare('SELECT id FROM sources WHERE id = ?').bind(source.id).first()
  for (let i = 0; i < 100 && (await rows()); i++) await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await rows()).toBe(null)
})

test('a page stays one page, whatever is changed of it', async () => {
  const space = await createWorkspace(worker)
  const page = await addSource(space, { kind: 'page', url: `${site.origin}/` })
  const path = `${knowledge(space)}/sources/${page.id}`
  for (const change of [{ maxDepth: 3 }, { maxPages: 9 }, { include: ['/*'] }, { exclude: ['/x'] }]) {
    expectRefusal(await space.asOrganization('PATCH', path, change), 400, 'VALIDATION_FAILED')
  }
  const { status, body } = await space.asOrganization('PATCH', path, { name: 'Home', everyHours: 24 })
  expect([status, body.name, body.settings.maxDepth, body.settings.everyHours]).toEqual([200, 'Home', 0, 24])
})

test('a source that is deleted at the moment it begins leaves nothing behind', async () => {
  const space = await createWorkspace(worker)
  // Somebody deletes it after its row was written and before its object has heard of it.
  await worker.env.DB.prepare(
    `create trigger doomed after insert on sources when new.name = 'Doomed'
     begin delete from sources where id = new.id; end`,
  ).run()
  const pairs = [{ question: 'Who is left?', answer: 'Nobody at all.' }]
  const doomed = { kind: 'pairs', name: 'Doomed', pairs }
  expectRefusal(await space.asOrganization('POST', `${knowledge(space)}/sources`, doomed), 404, 'NOT_FOUND')
  await sleep(1_000)
  expect(await documentsOf(space)).toEqual([])
})
