/** People of an organization with their sessions, straight into the database: a sign-in each would cost a hash each. */
import type { Role } from '../../src/context.ts'
import { toBase64Url } from '../../src/lib/bytes.ts'
import { sha256Hex } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'
import { type Answer, call } from './workspace.ts'
import type { TestWorker } from './worker.ts'

export type Person = { userId: string; email: string; sessionId: string; token: string }
type Options = {
  email?: string
  name?: string
  /** Milliseconds since the session was used last, and since it began. */
  idle?: number
  age?: number
}

const DAY = 24 * 3_600_000

/** A new person with a session in the organization; without a role they are not (or no longer) a member of it. */
export async function addPerson(
  worker: Pick<TestWorker, 'env'>,
  orgId: string,
  role: Role | undefined,
  options: Options = {},
): Promise<Person> {
  const userId = newId('usr')
  const { email = `${userId}@example.com`, name = `Person ${userId.slice(-4)}` } = options
  const { DB } = worker.env
  await DB.prepare('INSERT INTO users (id, email, name, email_verified_at, created_at) VALUES (?, ?, ?, ?, ?)')
    .bind(userId, email, name, Date.now(), Date.now())
    .run()
  if (role) await addMembership(worker, orgId, userId, role)
  return { userId, email, ...(await addSession(worker, orgId, userId, options)) }
}

export async function addMembership(worker: Pick<TestWorker, 'env'>, orgId: string, userId: string, role: Role) {
  const insert = worker.env.DB.prepare('INSERT INTO members (org_id, user_id, role, created_at) VALUES (?, ?, ?, ?)')
  await insert.bind(orgId, userId, role, Date.now()).run()
}

export async function addSession(
  worker: Pick<TestWorker, 'env'>,
  orgId: string,
  userId: string,
  options: Options = {},
) {
  const sessionId = newId('ses')
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
  const begin = Date.now() - (options.age ?? 0)
  await worker.env.DB.prepare(
    `INSERT INTO sessions (id, token_hash, user_id, current_org_id, method, address, user_agent, created_at,
       last_seen_at, expires_at) VALUES (?, ?, ?, ?, 'password', '192.0.2.1', 'test', ?, ?, ?)`,
  )
    .bind(sessionId, await sha256Hex(token), userId, orgId, begin, Date.now() - (options.idle ?? 0), begin + 30 * DAY)
    .run()
  return { sessionId, token }
}

/** A request as the browser sends it from one of our own pages. */
export function browse(
  worker: Pick<TestWorker, 'baseUrl'>,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const cookie = token === undefined ? {} : { cookie: `theme=dark; sid=${token}` }
  return call(worker, method, path, {
    body,
    headers: { origin: worker.baseUrl, 'sec-fetch-site': 'same-origin', ...cookie, ...headers },
  })
}

let addresses = 0
/** An address that no other test uses: sign-in is limited by address. */
export const newAddress = () => ({ 'cf-connecting-ip': `198.51.100.${++addresses % 250}` })

/** The token that an answer's Set-Cookie holds; an empty one ends the session. */
export function tokenOf(answer: Answer): string | undefined {
  return /^sid=([\w-]*);/.exec(answer.headers.get('set-cookie') ?? '')?.[1]
}

export type OutboxMail = { to: string; subject: string; text: string }

/** The newest mail to an address, and the token of the link in it. */
export async function mailTo(
  worker: Pick<TestWorker, 'baseUrl'>,
  email: string,
): Promise<OutboxMail & { token: string }> {
  const { body } = await call(worker, 'GET', '/dev/outbox.json')
  const mail = (body.data as OutboxMail[]).find(({ to }) => to === email)
  if (!mail) throw new Error(`no mail to ${email}`)
  return { ...mail, token: /token=(\S+)/.exec(mail.text)?.[1] ?? '' }
}
