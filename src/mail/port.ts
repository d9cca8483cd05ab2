export type Mail = { to: string; subject: string; text: string }

/** Port: hands a mail over for delivery; throws when it was not taken. */
export interface Mailer {
  send(mail: Mail): Promise<void>
}
