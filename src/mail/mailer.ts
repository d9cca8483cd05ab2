import type { Runtime } from '../context.ts'
import { problem } from '../lib/problem.ts'
import { HttpMailer } from './http-mailer.ts'
import { OutboxMailer } from './outbox.ts'
import type { Mail, Mailer } from './port.ts'

export const canSendMail = ({ config }: Runtime) => config.mail !== undefined

/** The configured way to send mail. Throws UNAVAILABLE when there is none. */
export function mailerOf(runtime: Runtime): Mailer {
  const { mail } = runtime.config
  if (!mail) throw problem('UNAVAILABLE', { message: 'This installation has no way to send e-mail.' })
  return mail.mode === 'outbox' ? new OutboxMailer(runtime) : new HttpMailer(runtime, mail)
}

/** Sends after the response, so that its time does not tell whether there was anything to send. */
export function sendLater(runtime: Runtime, mail: Mail): void {
  const sent = mailerOf(runtime).send(mail)
  // Neither the recipient nor the text, which may hold a link: whoever reads a log must not be able to follow it.
  runtime.waitUntil(sent.catch(() => runtime.log('error', 'mail_not_sent')))
}
