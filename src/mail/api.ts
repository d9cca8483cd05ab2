import { Hono } from 'hono'
import { html } from 'hono/html'
import type { AppContext, AppEnv } from '../http/receive.ts'
import { isLoopback } from '../lib/origin.ts'
import { problem } from '../lib/problem.ts'
import { listOutbox } from './outbox.ts'

/** The outbox of development. It holds links that sign people in, so it is there on the developer's machine only. */
export const mailApi = new Hono<AppEnv>()

mailApi.get('/dev/outbox.json', async (c) => {
  requireDevelopment(c)
  return c.json({ data: await listOutbox(c.env.runtime) }, 200, { 'cache-control': 'no-store' })
})

mailApi.get('/dev/outbox', async (c) => {
  requireDevelopment(c)
  const mails = await listOutbox(c.env.runtime)
  const list = mails.map(
    ({ to, subject, text, createdAt }) =>
      html`<article>
        <h2>${subject}</h2>
        <p>To ${to} · ${createdAt}</p>
        <pre>${linked(text)}</pre>
      </article>`,
  )
  return c.html(page(list.length > 0 ? list : html`<p>Nothing was sent yet.</p>`), 200, {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  })
})

function requireDevelopment(c: AppContext): void {
  const isOutbox = c.env.runtime.config.mail?.mode === 'outbox'
  if (!isOutbox || !isLoopback(new URL(c.req.url).hostname)) throw problem('NOT_FOUND')
}

/** The text with its addresses as links. */
const linked = (text: string) =>
  text.split(/(https?:\/\/\S+)/).map((part, index) => (index % 2 ? html`<a href="${part}">${part}</a>` : part))

const page = (list: unknown) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Outbox</title>
        <meta name="viewport" content="width=device-width" />
        <style>
          body {
            font: 16px/1.5 system-ui;
            max-width: 46rem;
            margin: 2rem auto;
            padding: 0 1rem;
          }
          h2 {
            font-size: 1rem;
            margin: 2rem 0 0;
          }
          pre {
            white-space: pre-wrap;
            overflow-wrap: anywhere;
            background: #f4f4f4;
            color: #111;
            padding: 1rem;
            border-radius: 6px;
          }
        </style>
      </head>
      <body>
        <h1>Outbox</h1>
        <p>Mails that this local Worker would have sent, the newest first.</p>
        ${list}
      </body>
    </html>`
