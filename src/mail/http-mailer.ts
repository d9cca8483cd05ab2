import type { Config, Runtime } from '../context.ts'
import type { Mail, Mailer } from './port.ts'

const TIMEOUT = 10_000

/** Sends by a mail API that speaks like Resend's: `POST` with from, to, subject and text, a bearer key. */
export class HttpMailer implements Mailer {
  private readonly runtime: Runtime
  private readonly settings: Extract<Config['mail'], { mode: 'http' }>

  constructor(runtime: Runtime, settings: Extract<Config['mail'], { mode: 'http' }>) {
    this.runtime = runtime
    this.settings = settings
  }

  async send({ to, subject, text }: Mail): Promise<void> {
    const { url, key, from } = this.settings
    const response = await this.runtime.fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from, to: [to], subject: oneLine(subject), text }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`the mail API answered ${response.status}`)
  }
}

/** A line end in a subject would begin another header. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
