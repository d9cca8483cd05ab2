import type { Config, Runtime } from '../context.ts'
import { isLoopback } from '../lib/origin.ts'
import { problem } from '../lib/problem.ts'
import { HttpMailer } from './http-mailer.ts'
import { OutboxMailer } from './outbox.ts'
import type { Mail, Mailer } from './port.ts'

/**
 * The settings that hold here. Elsewhere than on the developer's machine an outbox would be a place where mails vanish,
 * and without a configured origin whoever asks for a mail would choose by the Host header where its link leads.
 */
function settingsOf({ config, servedOn }: Runtime): Config['mail'] {
  const isLocal = servedOn === undefined || isLoopback(new URL(servedOn).hostname)
  if (isLocal) return config.mail
  return config.mail?.mode === 'http' && config.publicOrigin !== undefined ? config.mail : undefined
}

export const canSendMail = (runtime: Runtime) => settingsOf(runtime) !== undefined

/** The configured way to send mail. Throws UNAVAILABLE when there is none. */
export function mailerOf(runtime: Runtime): Mailer {
  const mail = settingsOf(runtime)
  if (!mail) throw problem('UNAVAILABLE', { message: 'This installation has no way to send e-mail.' })
  return mail.mode === 'outbox' ? new OutboxMailer(runtime) : new HttpMailer(runtime, mail)
}

/** Sends after the response, so that its time does not tell whether there was anything to send. */
export function sendLater(runtime: Runtime, mail: Mail): void {
  const sent = mailerOf(runtime).send(mail)
  // Neither the recipient nor the text, which may hold a link: whoever reads a log must not be able to follow it.
  runtime.waitUntil(sent.catch(() => runtime.log('error', 'mail_not_sent')))
}
