import { html } from 'hono/html'
import { page } from './page.ts'

/** For people who open the address of the chat in a browser: it takes POST, and this is the call. */
export function chatMethodPage(url: URL) {
  const curl = `curl -N ${url.origin}${url.pathname} \\
  -H "Authorization: Bearer YOUR_CONNECTION_KEY" -H "Content-Type: application/json" \\
  -d '{"messages":[{"role":"user","content":"Hello"}],"stream":true}'`
  return page(
    'This address takes POST',
    html`<p>It is the chat of an agent. Call it with a connection key of the agent:</p>
      <pre tabindex="0">${curl}</pre>`,
  )
}
