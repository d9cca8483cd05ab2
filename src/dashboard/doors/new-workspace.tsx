import { Hono } from 'hono'
import * as z from 'zod'
import { workspaceName } from '../../identity/fields.ts'
import { findPageUser } from '../../identity/pages.ts'
import { createWorkspace } from '../../identity/switch-organization.ts'
import { problem } from '../../lib/problem.ts'
import { Door } from '../document.tsx'
import { check } from '../fields.ts'
import { Field, Form } from '../parts/form.tsx'
import type { AppContext, AppEnv } from '../../http/receive.ts'
import { readTheme } from '../request.ts'
import { type DoorVisit, enter, takeDoorForm, UNTRIED } from './door-form.tsx'

export const workspaces = new Hono<AppEnv>()

const Page = ({ c, visit, email }: { c: AppContext; visit: DoorVisit; email: string }) => (
  <Door title="New workspace" theme={readTheme(c.req.raw.headers)}>
    <div class="card stack">
      <h1>New workspace</h1>
      <p class="muted">
        {email} becomes its owner. Agents, keys and usage of two workspaces have nothing to do with each other.
      </p>
      <Form visit={visit} name="workspace" action="/workspaces/new">
        <Field visit={visit} form="workspace" name="name" label="Name" hint="Usually your company." required />
        <div class="bar">
          <button class="btn p">Create workspace</button>
          <a href="/">Cancel</a>
        </div>
      </Form>
    </div>
  </Door>
)

workspaces.get('/workspaces/new', async (c) => {
  const page = await findPageUser(c)
  if (!page) return c.redirect('/sign-in?next=%2Fworkspaces%2Fnew', 303)
  return c.html(<Page c={c} visit={{ ...UNTRIED, csrf: page.csrf }} email={page.user.email} />)
})

workspaces.post('/workspaces/new', async (c) => {
  const page = await findPageUser(c)
  if (!page) throw problem('SESSION_REQUIRED')
  return takeDoorForm(
    c,
    async (fields) => {
      const { name } = check({ body: z.strictObject({ name: workspaceName }) }, { name: fields.text('name') })
      const session = { id: page.sessionId, userId: page.user.id }
      return enter(c, await createWorkspace(c.env.runtime, session, name), '/start')
    },
    (visit) => <Page c={c} visit={{ ...visit, csrf: page.csrf }} email={page.user.email} />,
    page,
  )
})
