import { Hono } from 'hono'
import * as z from 'zod'
import { acceptInvitation, findInvitation, type InvitationView } from '../../identity/accept-invitation.ts'
import { clientOf } from '../../identity/client.ts'
import { password, personName } from '../../identity/fields.ts'
import { findPageUser } from '../../identity/pages.ts'
import { Door } from '../document.tsx'
import { check } from '../fields.ts'
import { Field, Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { type DoorVisit, enter, takeDoorForm, UNTRIED } from './door-form.tsx'

export const invitation = new Hono<AppEnv>()

const person = z.strictObject({ name: personName, password })

type Props = { c: AppContext; visit: DoorVisit; token: string; view: InvitationView; isThem: boolean }

const Page = ({ c, visit, token, view, isThem }: Props) => {
  const { organization, email, role, invitedBy, hasAccount } = view
  const here = `/invitation?token=${encodeURIComponent(token)}`
  return (
    <Door title={`Join ${organization}`} theme={readTheme(c.req.raw.headers)}>
      <div class="card stack">
        <h1>Join {organization}</h1>
        <p>
          {invitedBy ? `${invitedBy} invites` : 'You are invited:'} <strong>{email}</strong>, as {role}.
        </p>
        {hasAccount && !isThem ? (
          <>
            <p class="muted">This address has an account. Sign in with it, and you come back here.</p>
            <a class="btn p" href={`/sign-in?next=${encodeURIComponent(here)}`}>
              Sign in
            </a>
          </>
        ) : (
          <Form visit={visit} name="join" action="/invitation">
            <input type="hidden" name="token" value={token} />
            {!hasAccount && (
              <>
                <Field visit={visit} form="join" name="name" label="Your name" autocomplete="name" required />
                <Field
                  visit={visit}
                  form="join"
                  name="password"
                  label="Password"
                  hint="At least 10 characters."
                  type="password"
                  autocomplete="new-password"
                  required
                />
              </>
            )}
            <div>
              <button class="btn p">Join</button>
            </div>
          </Form>
        )}
      </div>
    </Door>
  )
}

async function propsOf(c: AppContext, token: string) {
  const [view, page] = await Promise.all([findInvitation(c.env.runtime, token), findPageUser(c)])
  return { c, token, view, isThem: page?.user.email === view.email }
}

invitation.get('/invitation', async (c) => {
  const props = await propsOf(c, c.req.query('token') ?? '')
  return c.html(<Page {...props} visit={UNTRIED} />)
})

invitation.post('/invitation', async (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const token = fields.text('token')
      const { hasAccount } = await findInvitation(c.env.runtime, token)
      const given = { name: fields.text('name'), password: fields.raw('password') }
      const who = hasAccount ? undefined : check({ body: person }, given)
      const { cookie } = await acceptInvitation(c.env.runtime, clientOf(c.req.raw), token, who)
      return enter(c, cookie, '/')
    },
    async (visit, fields) => <Page {...await propsOf(c, fields.text('token'))} visit={visit} />,
  ),
)
