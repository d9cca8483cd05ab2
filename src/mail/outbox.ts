import { desc, notInArray } from 'drizzle-orm'
import type { Runtime } from '../context.ts'
import { mails } from '../db/schema/mail.ts'
import { newId } from '../lib/ids.ts'
import type { Mail, Mailer } from './port.ts'

const KEPT = 100

/** Lays mails into the database of the developer's machine, where `/dev/outbox` shows them. */
export class OutboxMailer implements Mailer {
  private readonly runtime: Runtime

  constructor(runtime: Runtime) {
    this.runtime = runtime
  }

  async send({ to, subject, text }: Mail): Promise<void> {
    const { db, now } = this.runtime
    const newest = db.select({ id: mails.id }).from(mails).orderBy(desc(mails.id)).limit(KEPT)
    const row = { id: newId('mal'), recipient: to, subject, body: text, createdAt: new Date(now()) }
    await db.batch([db.insert(mails).values(row), db.delete(mails).where(notInArray(mails.id, newest))])
  }
}

/** The mails of the outbox, newest first. */
export async function listOutbox({ db }: Runtime): Promise<(Mail & { id: string; createdAt: string })[]> {
  const rows = await db.select().from(mails).orderBy(desc(mails.id)).limit(KEPT)
  return rows.map(({ id, recipient, subject, body, createdAt }) => {
    return { id, to: recipient, subject, text: body, createdAt: createdAt.toISOString() }
  })
}
