import { Hono } from 'hono'
import { toProblem } from '../http/errors.ts'
import { drain } from '../http/raw-body.ts'
import { findAsset } from './assets.ts'
import { doors } from './doors/doors.tsx'
import { ErrorPage } from './error-page.tsx'
import { protect } from './headers.ts'
import { actions, downloads, pages } from './pages.ts'
import type { AppContext, AppEnv } from '../http/receive.ts'
import { readTheme } from './request.ts'
import { sendDownload, showPage, takeAction } from './serve.tsx'

/** What the router that loads this one gives along. */
export type Lent = AppEnv['Bindings'] & Pick<AppEnv['Variables'], 'callApi'>

/**
 * The dashboard: every path that is neither of the API nor of the documents. A router of its own, loaded when its
 * first page is asked for, so that no chat pays for it.
 */
export const dashboard = new Hono<AppEnv>()

dashboard.use(async (c, next) => {
  c.set('callApi', (c.env as Lent).callApi)
  await next()
  protect(c.res.headers, new URL(c.req.url))
})
dashboard.get('/assets/:name', (c) => findAsset(c.req.param('name')) ?? c.notFound())
dashboard.route('/', doors)
for (const page of pages) dashboard.get(page.path, (c) => showPage(c, page))
for (const download of downloads) dashboard.get(download.path, (c) => sendDownload(c, download))
for (const action of actions) dashboard.post(action.path, (c) => takeAction(c, action))

dashboard.notFound((c) => failed(c, 404, 'This page does not exist, or not in this workspace.'))
dashboard.onError(async (error, c) => {
  await drain(c.req.raw)
  const refusal = toProblem(error, c.env.runtime.log)
  return failed(
    c,
    refusal.status,
    refusal.code === 'NOT_FOUND' ? 'It does not exist, or not in this workspace.' : refusal.message,
  )
})

function failed(c: AppContext, status: number, message: string) {
  const { requestId } = c.env.runtime
  const theme = readTheme(c.req.raw.headers)
  return c.html(<ErrorPage theme={theme} status={status} message={message} requestId={requestId} />, status as 400)
}
