import { Hono } from 'hono'
import { clientOf } from '../../identity/client.ts'
import { confirmSignUp } from '../../identity/sign-up.ts'
import { Door } from '../document.tsx'
import { Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { type DoorVisit, enter, takeDoorForm, UNTRIED } from './door-form.tsx'

export const confirm = new Hono<AppEnv>()

/** A button, because programs that look through mail follow links and press nothing. */
const Page = ({ c, visit, token }: { c: AppContext; visit: DoorVisit; token: string }) => (
  <Door title="Confirm your address" theme={readTheme(c.req.raw.headers)}>
    <div class="card stack">
      <h1>Confirm your address</h1>
      <p class="muted">One press and your workspace is ready.</p>
      <Form visit={visit} name="confirm" action="/sign-up/confirm">
        <input type="hidden" name="token" value={token} />
        <div>
          <button class="btn p">Confirm and sign in</button>
        </div>
      </Form>
      {visit.refused && (
        <p>
          <a href="/sign-in">Sign in</a> or <a href="/sign-up">sign up again</a>
        </p>
      )}
    </div>
  </Door>
)

confirm.get('/sign-up/confirm', (c) => c.html(<Page c={c} visit={UNTRIED} token={c.req.query('token') ?? ''} />))

confirm.post('/sign-up/confirm', (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const { cookie } = await confirmSignUp(c.env.runtime, clientOf(c.req.raw), fields.text('token'))
      return enter(c, cookie, '/start')
    },
    (visit, fields) => <Page c={c} visit={visit} token={fields.text('token')} />,
  ),
)
