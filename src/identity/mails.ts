import type { Runtime } from '../context.ts'
import type { Mail } from '../mail/port.ts'

const ORIGIN = (runtime: Runtime) => runtime.config.publicOrigin ?? runtime.servedOn ?? ''

export const signUpMail = (to: string, link: string): Mail => ({
  to,
  subject: 'Confirm your e-mail address',
  text: `Welcome to FlexyAgents.

Follow this link within 24 hours to finish signing up:

${link}

If you did not ask for this, do nothing: no account was made.`,
})

export const alreadyHereMail = (runtime: Runtime, to: string): Mail => ({
  to,
  subject: 'You have an account already',
  text: `Somebody, probably you, tried to sign up for FlexyAgents with this address. It has an account already.

Sign in:             ${ORIGIN(runtime)}/sign-in
Forgot the password: ${ORIGIN(runtime)}/forgot-password

If that was not you, nothing has changed and there is nothing to do.`,
})

export const resetMail = (to: string, link: string): Mail => ({
  to,
  subject: 'Choose a new password',
  text: `Follow this link within 30 minutes to choose a new password for FlexyAgents:

${link}

It works once, and ends all sessions. If you did not ask for this, do nothing: your password stays as it is.`,
})

export const invitationMail = (
  to: string,
  invitation: { by: string; workspace: string; role: string; link: string },
): Mail => ({
  to,
  subject: `${invitation.by} invites you to ${invitation.workspace}`,
  text: `${invitation.by} invites you to ${invitation.workspace} on FlexyAgents as ${invitation.role}.

Follow this link within 7 days:

${invitation.link}

If you do not know them, do nothing.`,
})
