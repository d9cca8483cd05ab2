import { Hono } from 'hono'
import * as z from 'zod'
import { clientOf } from '../../identity/client.ts'
import { email, password, personName, workspaceName } from '../../identity/fields.ts'
import { signUp as askForMail } from '../../identity/sign-up.ts'
import { Door } from '../document.tsx'
import { check } from '../fields.ts'
import { Field, Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { type DoorVisit, takeDoorForm, UNTRIED } from './door-form.tsx'

export const signUp = new Hono<AppEnv>()

const body = z.strictObject({ email, password, name: personName, workspace: workspaceName })

const Page = ({ c, visit }: { c: AppContext; visit: DoorVisit }) => {
  const field = { visit, form: 'sign-up' }
  return (
    <Door title="Sign up" theme={readTheme(c.req.raw.headers)}>
      <div class="card stack">
        <h1>Sign up</h1>
        <p class="muted">An agent that answers from your own texts, in three minutes. No card.</p>
        <Form visit={visit} name="sign-up" action="/sign-up">
          <Field {...field} name="name" label="Your name" autocomplete="name" required />
          <Field
            {...field}
            name="workspace"
            label="Workspace"
            hint="Usually your company."
            autocomplete="organization"
            required
          />
          <Field {...field} name="email" label="E-mail" type="email" autocomplete="username" required />
          <Field
            {...field}
            name="password"
            label="Password"
            hint="At least 10 characters."
            type="password"
            autocomplete="new-password"
            required
          />
          <div class="bar">
            <button class="btn p">Sign up</button>
          </div>
        </Form>
      </div>
      <p class="muted">
        You have an account? <a href="/sign-in">Sign in</a>
      </p>
    </Door>
  )
}

/** The same for every address, so that it tells nobody who has an account. */
export const MailSent = ({ c, to }: { c: AppContext; to: string }) => (
  <Door title="Look into your mail" theme={readTheme(c.req.raw.headers)}>
    <div class="card stack tight">
      <h1>Look into your mail</h1>
      <p>
        We sent a link to <strong>{to}</strong>. It may take a minute.
      </p>
      {c.env.runtime.config.mail?.mode === 'outbox' && (
        <p class="note">
          This is a local demo: no mail leaves it. <a href="/dev/outbox">Open the outbox</a>
        </p>
      )}
    </div>
  </Door>
)

signUp.get('/sign-up', (c) => c.html(<Page c={c} visit={UNTRIED} />))

signUp.post('/sign-up', (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const { text } = { text: (name: string) => fields.text(name) }
      const sent = { name: text('name'), workspace: text('workspace'), email: text('email') }
      const input = check({ body }, { ...sent, password: fields.raw('password') })
      await askForMail(c.env.runtime, clientOf(c.req.raw), input)
      return c.html(<MailSent c={c} to={input.email} />)
    },
    (visit) => <Page c={c} visit={visit} />,
  ),
)
