import { html } from 'hono/html'
import { PROBLEMS } from '../lib/problem.ts'
import { page } from './page.ts'

/** Where `docUrl` of every error leads: one entry a code, made from the table of problems. */
export function errorsPage() {
  const entries = Object.entries(PROBLEMS).map(
    ([code, { status, message, action }]) => html`
      <section id="${code}">
        <h2><code>${code}</code> <small>${status}</small></h2>
        <p>${message}</p>
        <p>${action}</p>
      </section>
    `,
  )
  const intro = html`<p>
    Every error has the same envelope; <code>error.code</code> is one of these. <code>error.correlationId</code> equals
    the <code>x-request-id</code> header.
  </p>`
  return page('Errors', html`${intro}${entries}`)
}
