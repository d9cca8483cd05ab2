import { html, raw } from 'hono/html'
import { PROBLEMS } from '../lib/problem.ts'

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
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Errors · FlexyAgents</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Errors</h1>
          <p>
            Every error has the same envelope; <code>error.code</code> is one of these.
            <code>error.correlationId</code> equals the <code>x-request-id</code> header.
          </p>
          ${entries}
        </main>
      </body>
    </html>`
}

const STYLE = `
  :root { color-scheme: light dark; --bg: #fbfaf8; --ink: #1b1a17; --muted: #5f5b53; --line: #e2ded7; --soft: #e0f0f1 }
  @media (prefers-color-scheme: dark) {
    :root { --bg: #121315; --ink: #ecebe8; --muted: #a5a49f; --line: #2d3035; --soft: #12343a }
  }
  body { margin: 0; background: var(--bg); color: var(--ink); font: 15.5px/26px system-ui, sans-serif }
  main { max-width: 720px; margin: 0 auto; padding: 36px 20px }
  h1 { font-size: 30px; line-height: 38px }
  h2 { font-size: 15px; line-height: 22px; margin: 0 }
  small { color: var(--muted); font-weight: 400 }
  code { font: 13px ui-monospace, monospace }
  section { border-top: 1px solid var(--line); padding: 16px 0; scroll-margin-top: 16px }
  section:target { background: var(--soft) }
  p { margin: 4px 0 }
`
