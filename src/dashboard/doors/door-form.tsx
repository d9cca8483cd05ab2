import type { Child } from 'hono/jsx'
import { type PageUser, requireOwnForm } from '../../identity/pages.ts'
import { Problem } from '../../lib/problem.ts'
import { explain } from '../explain.ts'
import { toHtml } from '../html.ts'
import type { Fields } from '../fields.ts'
import type { AppContext } from '../../http/receive.ts'
import { readForm } from '../serve.tsx'
import type { Refused } from '../visit.ts'

const MAX_BYTES = 16 * 1024

/** What a form without a session knows: nothing but its last refusal. */
export type DoorVisit = { csrf: string; refused: Refused | undefined }
export const UNTRIED: DoorVisit = { csrf: '', refused: undefined }

/**
 * Takes a form of a page outside the frame. Without a session its origin alone proves where it comes from. A refusal shows the page
 * again with what was typed, but for passwords.
 */
export async function takeDoorForm(
  c: AppContext,
  act: (fields: Fields) => Promise<Response>,
  again: (visit: DoorVisit, fields: Fields) => Child | Promise<Child>,
  page?: PageUser,
): Promise<Response> {
  const fields = await readForm(c, MAX_BYTES)
  await requireOwnForm(c, page, fields.text('csrf'))
  try {
    return await act(fields)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const refused = { form: fields.text('form'), values: fields, ...explain(error) }
    if (error.options.retryAfter !== undefined) c.header('retry-after', String(error.options.retryAfter))
    return c.html(await toHtml(again({ csrf: '', refused }, fields)), error.status as 400)
  }
}

/** On to where a person wanted to go, with their new session. */
export function enter(c: AppContext, cookie: string, to: string): Response {
  c.header('set-cookie', cookie)
  return c.redirect(to, 303)
}
