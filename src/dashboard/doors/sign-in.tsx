import { Hono } from 'hono'
import { clientOf } from '../../identity/client.ts'
import { OIDC_ERRORS } from '../../identity/oidc/errors.ts'
import { findPageUser, requireOwnForm, safeNext } from '../../identity/pages.ts'
import { signIn as beginSession, signOut } from '../../identity/sign-in.ts'
import { Door } from '../document.tsx'
import { Field, Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { readForm } from '../serve.tsx'
import { type DoorVisit, enter, takeDoorForm, UNTRIED } from './door-form.tsx'

export const signIn = new Hono<AppEnv>()

const Page = ({ c, visit, next }: { c: AppContext; visit: DoorVisit; next: string }) => {
  const { oidc } = c.env.runtime.config
  const trouble = troubleOf(c.req.query('error'))
  return (
    <Door title="Sign in" theme={readTheme(c.req.raw.headers)}>
      <div class="card stack">
        <h1>Sign in</h1>
        {trouble && (
          <p class="note bad" role="alert">
            {trouble}
          </p>
        )}
        <Form visit={visit} name="sign-in" action="/sign-in">
          <input type="hidden" name="next" value={next} />
          <Field
            visit={visit}
            form="sign-in"
            name="email"
            label="E-mail"
            type="email"
            autocomplete="username"
            required
          />
          <Field
            visit={visit}
            form="sign-in"
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
            required
          />
          <div class="bar">
            <button class="btn p">Sign in</button>
            <a href="/forgot-password">Forgot the password?</a>
          </div>
        </Form>
        {oidc && (
          <a class="btn" href={`/auth/oidc?next=${encodeURIComponent(next)}`}>
            Continue with {new URL(oidc.issuer).host}
          </a>
        )}
      </div>
      <p class="muted">
        No account yet? <a href="/sign-up">Sign up</a>
      </p>
    </Door>
  )
}

/** What a provider's sign-in ended with, in words; anything else says nothing. */
function troubleOf(error: string | undefined): string | undefined {
  const reason = error?.replace(/^oidc_/, '') ?? ''
  return Object.hasOwn(OIDC_ERRORS, reason) ? OIDC_ERRORS[reason as keyof typeof OIDC_ERRORS] : undefined
}

signIn.get('/sign-in', async (c) => {
  const next = safeNext(c.req.query('next'))
  if (await findPageUser(c)) return c.redirect(next, 303)
  return c.html(<Page c={c} visit={UNTRIED} next={next} />)
})

signIn.post('/sign-in', (c) =>
  takeDoorForm(
    c,
    async (fields) => {
      const input = { email: fields.text('email'), password: fields.raw('password') }
      const { cookie } = await beginSession(c.env.runtime, clientOf(c.req.raw), input)
      return enter(c, cookie, safeNext(fields.text('next')))
    },
    (visit, fields) => <Page c={c} visit={visit} next={safeNext(fields.text('next'))} />,
  ),
)

signIn.post('/sign-out', async (c) => {
  const fields = await readForm(c, 16 * 1024)
  await requireOwnForm(c, await findPageUser(c), fields.text('csrf'))
  return enter(c, await signOut(c.env.runtime, clientOf(c.req.raw)), '/sign-in')
})
