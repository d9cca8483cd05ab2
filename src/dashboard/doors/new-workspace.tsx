import { Hono } from 'hono'
import { findPageUser } from '../../identity/pages.ts'
import { Door } from '../document.tsx'
import { type DashboardEnv, readTheme } from '../request.ts'

export const workspaces = new Hono<DashboardEnv>()

workspaces.get('/workspaces/new', async (c) => {
  const page = await findPageUser(c)
  if (!page) return c.redirect('/sign-in', 303)
  return c.html(
    <Door title="No workspace" theme={readTheme(c.req.raw.headers)}>
      <div class="card stack tight">
        <h1>No workspace</h1>
        <p>{page.user.email} is a member of no workspace. Ask somebody of yours for an invitation.</p>
      </div>
    </Door>,
  )
})
