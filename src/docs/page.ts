import { html, raw } from 'hono/html'

type Html = ReturnType<typeof html>

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
  code, pre { font: 12.5px/20px ui-monospace, monospace }
  pre { border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; overflow-x: auto }
  section { border-top: 1px solid var(--line); padding: 16px 0; scroll-margin-top: 16px }
  section:target { background: var(--soft) }
  p { margin: 4px 0 }
`

/** A page that needs no script: what is shown is what the server wrote. */
export function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} · FlexyAgents</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
}
