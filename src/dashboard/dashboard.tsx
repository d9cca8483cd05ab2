import { Hono } from 'hono'
import { problemResponse, toProblem } from '../http/errors.ts'
import { drain } from '../http/raw-body.ts'
import { type Problem, problem } from '../lib/problem.ts'
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

dashboard.notFound((c) =>
  failed(c, problem('NOT_FOUND', { message: 'There is no such path. GET /openapi.json lists those of the API.' })),
)
dashboard.onError(async (error, c) => {
  await drain(c.req.raw)
  return failed(c, toProblem(error, c.env.runtime.log))
})

/** For people a page, for programs that came to the wrong path the envelope of all errors. */
function failed(c: AppContext, refusal: Problem) {
  const { requestId } = c.env.runtime
  const { headers } = c.req.raw
  if (!headers.get('accept')?.includes('text/html')) {
    return problemResponse(refusal, requestId, new URL(c.req.url).origin)
  }
  if (refusal.options.retryAfter !== undefined) c.header('retry-after', String(refusal.options.retryAfter))
  const { status, message } = refusal
  return c.html(
    <ErrorPage theme={readTheme(headers)} status={status} message={message} requestId={requestId} />,
    status as 400,
  )
}
