import type { Child } from 'hono/jsx'

/** The markup of a page, with whatever in it had to be waited for. */
export async function toHtml(page: Child | Promise<Child>): Promise<string> {
  const node = await page
  // A page is one element, and those write themselves.
  const html = await (node as { toString: () => string | Promise<string> }).toString()
  // With something awaited in it, it is an object around the text.
  return html.valueOf()
}
