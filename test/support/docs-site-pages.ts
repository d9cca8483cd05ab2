/** What the test site says: 300 articles, and everything that a crawler trips over. The same every time. */
import { gzipSync } from 'node:zlib'

const SECTIONS = 10
const ARTICLES = 30
const TOPICS = 'billing shipping returns accounts devices reports teams exports alerts limits'.split(' ')

export type Answer = {
  status: number
  headers: Record<string, string>
  body: string | Buffer
  /** Milliseconds of thinking. */
  delay?: number
}

/** What may change between two visits. */
export type DocsState = { origin: string; canary: string; edition: number; added: Map<string, string> }

/** Paths of the articles that say something else in another edition. */
export const CHANGED = ['/docs/s3/a1', '/docs/s4/a2', '/docs/s5/a3']

export const ARTICLE_PATHS = Array.from(
  { length: SECTIONS * ARTICLES },
  (_, i) => `/docs/s${Math.floor(i / ARTICLES) + 1}/a${(i % ARTICLES) + 1}`,
)
const SECTION_PATHS = Array.from({ length: SECTIONS }, (_, i) => `/docs/s${i + 1}`)
const ODD_PATHS = ['/slow', '/flaky', '/busy', '/latin1', '/handbook.txt', '/deep/']

/** All that belongs into an index. */
export const INDEXED_PATHS = [
  '/',
  '/only-from-hidden',
  '/deep/deep/',
  '/deep/deep/deep/',
  ...ODD_PATHS,
  ...SECTION_PATHS,
  ...ARTICLE_PATHS,
]

/** What is looked at and left out, and why. */
export const SKIPPED_PATHS: Record<string, string> = {
  '/old/1': 'redirect',
  '/old/2': 'redirect',
  '/loop/a': 'redirect',
  '/loop/b': 'redirect',
  '/escape/metadata': 'redirect',
  '/escape/canary': 'redirect',
  '/copy/1': 'duplicate',
  '/copy/2': 'duplicate',
  '/docs/s2/a1?view=print': 'canonical',
  '/account': 'login',
  '/login': 'login',
  '/members': 'login',
  '/staff': 'forbidden',
  '/gone': 'not-found',
  '/hidden': 'noindex',
  '/hidden-by-header': 'noindex',
  '/private/secret': 'robots',
  '/endless': 'too-large',
  '/picture': 'not-a-page',
  '/blank': 'empty',
}

const html = (body: string | Buffer, status = 200, headers = {}): Answer => {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body }
}
const text = (body: string, status = 200, headers = {}): Answer => {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
}
const redirect = (location: string): Answer => ({ status: 302, headers: { location }, body: '' })

const NOT_FOUND = html(page('Not found', '<p>Nothing here.</p>'), 404)

/** `isFirst`: nobody asked for this path before. */
export function answerTo(path: string, isFirst: boolean, state: DocsState): Answer {
  const { origin, canary } = state
  switch (path) {
    case '/':
      return html(home(state))
    case '/robots.txt':
      return text(`User-agent: *\nDisallow: /private/\nSitemap: ${origin}/sitemap.xml\n`)
    case '/sitemap.xml':
      return sitemapIndex(['/sitemap-1.xml', '/sitemap-2.xml.gz', '/sitemap-missing.xml'], origin)
    case '/sitemap-1.xml':
      return {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: sitemap(ARTICLE_PATHS.slice(0, 100), origin),
      }
    case '/sitemap-2.xml.gz': {
      const body = gzipSync(sitemap(ARTICLE_PATHS.slice(100, 200), origin))
      return { status: 200, headers: { 'content-type': 'application/gzip' }, body }
    }
    case '/old/1':
    case '/old/2':
      return redirect(`/docs/s1/a${path.at(-1)}`)
    case '/loop/a':
      return redirect('/loop/b')
    case '/loop/b':
      return redirect('/loop/a')
    case '/escape/metadata':
      return redirect('http://169.254.169.254/latest/meta-data/')
    case '/escape/canary':
      return redirect(`${canary}/secret`)
    case '/account':
      return redirect('/login?next=/account')
    case '/login':
      return html(page('Log in', '<form><p>Your name</p><input name="n"><input type="password"></form>'))
    case '/members':
      return html(page('Members', '<p>Sign in.</p>'), 401, { 'www-authenticate': 'Basic' })
    case '/staff':
      return html(page('Staff', '<p>No.</p>'), 403)
    case '/hidden':
      return html(page('Hidden', '<p>Not for robots.</p><a href="/only-from-hidden">on</a>', NOINDEX))
    case '/only-from-hidden':
      return html(page('Behind', '<p>Only the hidden page leads here.</p>'))
    case '/hidden-by-header':
      return html(page('Header', '<p>Not for robots either.</p>'), 200, { 'x-robots-tag': 'noindex' })
    case '/private/secret':
      return html(page('Secret', '<p>robots.txt forbids this.</p>'))
    case '/picture':
      return { status: 200, headers: { 'content-type': 'image/png' }, body: 'PNG' }
    case '/handbook.txt':
      return text('The handbook says: the night shift begins at ten.')
    case '/blank':
      return html(page('', ''))
    case '/latin1': {
      // The tag is wrong, the header is right, as after a move to another server.
      const bytes = Buffer.from(page('Café', '<p>Crème brûlée costs 5.</p>', '<meta charset="utf-8">'), 'latin1')
      return { status: 200, headers: { 'content-type': 'text/html; charset=windows-1252' }, body: bytes }
    }
    case '/slow':
      return { ...html(page('Slow', '<p>This page took its time.</p>')), delay: 700 }
    case '/flaky':
      return isFirst ? text('oops', 500) : html(page('Flaky', '<p>It works at the second try.</p>'))
    case '/busy':
      if (isFirst) return text('slow down', 429, { 'retry-after': '1' })
      return html(page('Busy', '<p>There was a queue before this page.</p>'))
    default:
      return family(path, state)
  }
}

/** Pages that come in numbers. */
function family(path: string, { origin, edition, added }: DocsState): Answer {
  const title = added.get(path)
  if (title) return html(page(title, `<p>News: ${title} has arrived at ${path}.</p>`))
  const [, section, number] = /^\/docs\/s(\d+)\/a(\d+)(?:\?view=print)?$/.exec(path) ?? []
  if (section && number) return html(article(Number(section), Number(number), origin, edition))
  const copy = /^\/copy\/(\d+)$/.exec(path)?.[1]
  if (copy) return html(article(1, Number(copy), origin, edition))
  const index = SECTION_PATHS.indexOf(path)
  if (index !== -1) return html(sectionPage(index + 1))
  if (!/^\/(?:deep\/)+$/.test(path)) return NOT_FOUND
  // Without end: a relative link that its author meant otherwise.
  return html(page(`Deep ${path}`, `<p>You are at depth ${path.length}.</p><a href="deep/">deeper</a>`))
}

function home({ canary, added }: DocsState): string {
  const spellings = ['/docs/s1#top', '/docs/s1?utm_source=home', '/logo.png', 'mailto:help@docs.customer.com']
  const away = [`${canary}/linked`, 'https://elsewhere.customer.com/', 'javascript:void(0)']
  const links = [...SECTION_PATHS, ...Object.keys(SKIPPED_PATHS), ...ODD_PATHS, ...spellings, ...away, ...added.keys()]
  return page('Docs', `<p>Everything there is to know.</p><ul>${links.map(anchor).join('')}</ul>`)
}

function sectionPage(section: number): string {
  const links = Array.from({ length: ARTICLES }, (_, i) => anchor(`/docs/s${section}/a${i + 1}`))
  return page(`Section ${section}`, `<p>About ${TOPICS[section - 1]}.</p><ul>${links.join('')}</ul>`)
}

function article(section: number, number: number, origin: string, edition: number): string {
  const path = `/docs/s${section}/a${number}`
  const rule = section * 1000 + number
  const say = CHANGED.includes(path) ? `edition ${edition}` : 'for good'
  const canonical = section === 2 ? `<link rel="canonical" href="${origin}${path}">` : ''
  const body = `<h2>Rule</h2><p>The rule for ${TOPICS[section - 1]} ${number} is number ${rule}, ${say}.</p>`
  const next = anchor(`/docs/s${section}/a${(number % ARTICLES) + 1}`)
  return page(`On ${TOPICS[section - 1]} ${number}`, `${body}<p>See also:</p>${next}`, canonical)
}

const NOINDEX = '<meta name="robots" content="noindex">'
const anchor = (path: string) => `<li><a href="${path}">${path}</a></li>`

function page(title: string, body: string, head = ''): string {
  const heading = title ? `<h1>${title}</h1>` : ''
  return `<!doctype html><html lang="en"><head><title>${title}</title>${head}</head><body><main>${heading}${body}</main></body></html>`
}

const XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

function sitemapIndex(paths: string[], origin: string): Answer {
  const entries = paths.map((path) => `<sitemap><loc>${origin}${path}</loc></sitemap>`).join('')
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<sitemapindex ${XMLNS}>${entries}</sitemapindex>`,
  }
}

function sitemap(paths: string[], origin: string): string {
  const urls = paths.map((path) => `<url><loc>${origin}${path}</loc><lastmod>2026-01-01</lastmod></url>`)
  return `<?xml version="1.0"?><urlset ${XMLNS}>${urls.join('')}</urlset>`
}
