import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson, addSession, browse } from '../support/people.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace } from '../support/workspace.ts'

const DAY = 24 * 3_600_000

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker.close())

const rowOf = (id: string) =>
  worker.env.DB.prepare('SELECT last_seen_at AS seen FROM sessions WHERE id = ?').bind(id).first<{ seen: number }>()

test('sessions end after a week without use and after thirty days in all, and are then forgotten', async () => {
  const { orgId } = await createWorkspace(worker)
  const { userId, sessionId, token } = await addPerson(worker, orgId, 'viewer')
  const sessions = {
    fresh: { token, sessionId },
    nearlyIdle: await addSession(worker, orgId, userId, { age: 20 * DAY, idle: 7 * DAY - 60_000 }),
    idle: await addSession(worker, orgId, userId, { age: 20 * DAY, idle: 7 * DAY + 1 }),
    nearlyOld: await addSession(worker, orgId, userId, { age: 30 * DAY - 60_000 }),
    old: await addSession(worker, orgId, userId, { age: 30 * DAY + 1 }),
  }
  const statusOf = async (session: { token: string }) => (await browse(worker, session.token, 'GET', '/api/me')).status
  for (const name of ['fresh', 'nearlyIdle', 'nearlyOld'] as const)
    expect(await statusOf(sessions[name]), name).toBe(200)
  for (const name of ['idle', 'old'] as const) expect(await statusOf(sessions[name]), name).toBe(401)
  const { data } = (await browse(worker, token, 'GET', '/api/me/sessions')).body
  expect(data).toHaveLength(3)

  await worker.worker.scheduled({ cron: '*/5 * * * *' })
  const left = await Promise.all(Object.values(sessions).map(async ({ sessionId: id }) => (await rowOf(id)) !== null))
  expect(left).toEqual([true, true, false, true, false])
})

test('use is noted, but not at every request', async () => {
  const { orgId } = await createWorkspace(worker)
  const used = await addPerson(worker, orgId, 'viewer', { idle: DAY })
  const begin = Date.now()
  await browse(worker, used.token, 'GET', '/api/me')
  await expect.poll(async () => (await rowOf(used.sessionId))?.seen).toBeGreaterThanOrEqual(begin)
  const seen = (await rowOf(used.sessionId))?.seen
  await browse(worker, used.token, 'GET', '/api/me')
  expect((await rowOf(used.sessionId))?.seen).toBe(seen)
})
