import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Workspace } from '../support/workspace.ts'

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const api =
  ({ agentId, asOrganization }: Workspace) =>
  (method: string, path: string, body?: unknown) =>
    asOrganization(method, `/api/agents/${agentId}${path}`, body)

const greet = async (space: Workspace) => (await space.ask('Hello')).body.content

test('a draft is seen by nobody before it is published, and every version is kept with who published it', async () => {
  const space = await createWorkspace(worker, { agent: { behavior: { greeting: 'First.' } } })
  const call = api(space)
  expect((await call('GET', '/draft')).body).toMatchObject({ changed: [], savedAt: null })
  const drafted = await call('PATCH', '/draft', { greeting: 'Second.' })
  expect(drafted).toMatchObject({ status: 200, body: { changed: ['greeting'], behavior: { greeting: 'Second.' } } })
  expect(await greet(space)).toBe('First.')

  const published = await call('POST', '/publish')
  expect(published).toMatchObject({ status: 200, body: { behavior: { greeting: 'Second.' } } })
  expect(await greet(space)).toBe('Second.')
  expect((await call('GET', '/draft')).body).toMatchObject({ changed: [], savedAt: null })

  await call('PATCH', '', { behavior: { greeting: 'Third.' } })
  await call('PATCH', '', { name: 'Renamed' })
  const { data, next } = (await call('GET', '/versions')).body
  expect(data.map(({ version, behavior }: never) => [version, (behavior as { greeting: string }).greeting])).toEqual([
    [3, 'Third.'],
    [2, 'Second.'],
    [1, 'First.'],
  ])
  expect(data[0].actor.type).toBe('key')
  expect(next).toBeNull()
  const page = (await call('GET', '/versions?limit=1')).body
  expect(page.next).toBe(3)
  expect((await call('GET', `/versions?limit=1&before=${page.next}`)).body.data[0].version).toBe(2)
})

test('what is changed beside a draft stays when the draft is published', async () => {
  const space = await createWorkspace(worker)
  const call = api(space)
  await call('PATCH', '/draft', { greeting: 'Drafted.' })
  await call('PATCH', '', { behavior: { refusalText: 'Changed meanwhile.' } })
  expect((await call('GET', '/draft')).body.changed).toEqual(['greeting'])
  expect((await call('POST', '/publish')).body.behavior).toMatchObject({
    greeting: 'Drafted.',
    refusalText: 'Changed meanwhile.',
  })
})

test('without a draft that changes something nothing is published', async () => {
  const space = await createWorkspace(worker, { agent: { behavior: { greeting: 'Same.' } } })
  const call = api(space)
  expect((await call('POST', '/publish')).body.error.code).toBe('CONFLICT')
  await call('PATCH', '/draft', { greeting: 'Same.' })
  expect((await call('POST', '/publish')).body.error.code).toBe('CONFLICT')
  await call('PATCH', '/draft', { greeting: 'Other.' })
  expect((await call('DELETE', '/draft')).status).toBe(204)
  expect((await call('POST', '/publish')).body.error.code).toBe('CONFLICT')
  expect((await call('GET', '/versions')).body.data).toHaveLength(1)
})

test('of several who publish at the same moment one does', async () => {
  const space = await createWorkspace(worker)
  const call = api(space)
  await call('PATCH', '/draft', { greeting: 'Once.' })
  const answers = await Promise.all(Array.from({ length: 5 }, () => call('POST', '/publish')))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409])
  expect((await call('GET', '/versions')).body.data).toHaveLength(2)
})

test('a draft is checked like the behavior itself', async () => {
  const space = await createWorkspace(worker, { plan: 'starter' })
  const call = api(space)
  expect((await call('PATCH', '/draft', { greeting: 'x'.repeat(501) })).body.error).toMatchObject({
    code: 'VALIDATION_FAILED',
    param: 'greeting',
  })
  expect((await call('PATCH', '/draft', { model: 'gpt-9' })).body.error.code).toBe('PLAN_UPGRADE_REQUIRED')
  expect((await call('GET', '/draft')).body.changed).toEqual([])
})

test('versions go with their agent', async () => {
  const space = await createWorkspace(worker)
  await api(space)('DELETE', '')
  const rows = async () => {
    const query = worker.env.DB.prepare('SELECT count(*) AS n FROM agent_versions WHERE org_id = ?').bind(space.orgId)
    return (await query.first<{ n: number }>())?.n
  }
  await expect.poll(rows, { timeout: 15_000 }).toBe(0)
})
