import { Hono } from 'hono'
import * as z from 'zod'
import { clientOf } from '../../identity/client.ts'
import { email, password } from '../../identity/fields.ts'
import { requestReset, resetPassword } from '../../identity/reset-password.ts'
import { Door } from '../document.tsx'
import { check } from '../fields.ts'
import { Field, Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { type DoorVisit, enter, takeDoorForm, UNTRIED } from './door-form.tsx'
import { MailSent } from './sign-up.tsx'

export const forgotPassword = new Hono<AppEnv>()

const Ask = ({ c, visit }: { c: AppContext; visit: DoorVisit }) => (
  <Door title="Forgot the password" theme={readTheme(c.req.raw.headers)}>
    <div class="card stack">
      <h1>Forgot the password</h1>
      <Form visit={visit} name="forgot" action="/forgot-password">
        <Field visit={visit} form="forgot" name="email" label="E-mail" type="email" autocomplete="username" required />
        <div class="bar">
          <button class="btn p">Send a link</button>
          <a href="/sign-in">Sign in</a>
        </div>
      </Form>
    </div>
  </Door>
)

const Choose = ({ c, visit, token }: { c: AppContext; visit: DoorVisit; token: string }) => (
  <Door title="Choose a new password" theme={readTheme(c.req.raw.headers)}>
    <div class="card stack">
      <h1>Choose a new password</h1>
      <p class="muted">It ends all your sessions, on every machine.</p>
      <Form visit={visit} name="reset" action="/reset-password">
        <input type="hidden" name="token" value={token} />
        <Field
          visit={visit}
          form="reset"
          name="password"
          label="New password"
          hint="At least 10 characters."
          type="password"
          autocomplete="new-password"
          required
        />
        <div>
          <button class="btn p">Save and sign in</button>
        </div>
      </Form>
    </div>
  </Door>
)

forgotPassword.get('/forgot-password', (c) => c.html(<Ask c={c} visit={UNTRIED} />))
forgotPassword.post('/forgot-password', (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const input = check({ body: z.strictObject({ email }) }, { email: fields.text('email') })
      await requestReset(c.env.runtime, clientOf(c.req.raw), input.email)
      return c.html(<MailSent c={c} to={input.email} />)
    },
    (visit) => <Ask c={c} visit={visit} />,
  ),
)

forgotPassword.get('/reset-password', (c) =>
  c.html(<Choose c={c} visit={UNTRIED} token={c.req.query('token') ?? ''} />),
)
forgotPassword.post('/reset-password', (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const input = check({ body: z.strictObject({ password }) }, { password: fields.raw('password') })
      const { cookie } = await resetPassword(c.env.runtime, clientOf(c.req.raw), fields.text('token'), input.password)
      return enter(c, cookie, '/')
    },
    (visit, fields) => <Choose c={c} visit={visit} token={fields.text('token')} />,
  ),
)
