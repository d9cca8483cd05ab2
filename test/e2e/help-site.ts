import { createServer } from 'node:http'
import { closeNow, listen } from '../support/local-http.ts'

const PAGES: Record<string, [title: string, text: string]> = {
  '/': ['Fernway help centre', 'Everything about orders, returns and your gear.'],
  '/rental': ['Renting a bike', 'A bike for a day costs 24 pounds. Bring it back before six.'],
  '/workshops': ['Workshops in Alderbrook', 'Every first Saturday of a month we mend boots and tents together.'],
  '/trail-map': ['Trail map', 'The blue trail is 12 kilometres long and opens in April.'],
  '/lost-property': ['Lost property', 'What was found in the shop is kept for 90 days at the counter.'],
}
/** Paths that a crawl trips over, and the status that they answer. */
const BROKEN: Record<string, number> = { '/calculator': 400, '/winter-sale': 404, '/account': 401 }

/** A small help centre on a port of its own: some pages are read, some are left out, one fails. */
export async function startHelpSite(latency = 0) {
  const links = [...Object.keys(PAGES), ...Object.keys(BROKEN)].map((path) => `<a href="${path}">${path}</a>`).join(' ')
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const page = PAGES[path]
    const status = page ? 200 : (BROKEN[path] ?? 404)
    const [title, text] = page ?? ['Trouble', 'This page does not work.']
    const html = `<!doctype html><title>${title}</title><main><h1>${title}</h1><p>${text}</p></main><nav>${links}</nav>`
    setTimeout(() => response.writeHead(status, { 'content-type': 'text/html' }).end(html), latency)
  })
  const origin = `http://127.0.0.1:${await listen(server)}`
  return { origin, close: () => closeNow(server) }
}

export type HelpSite = Awaited<ReturnType<typeof startHelpSite>>
