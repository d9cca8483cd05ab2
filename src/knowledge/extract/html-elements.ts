// What elements mean for the text of a page.

/** Nothing in them is content of the page. `form` is decided later: some pages stand in one as a whole. */
export const DROPPED = new Set(
  `title script style nav footer aside svg template noscript iframe object embed canvas audio video map select datalist
  textarea button input dialog`.split(/\s+/),
)
export const DROPPED_ROLES = new Set([
  'navigation',
  'banner',
  'contentinfo',
  'complementary',
  'search',
  'dialog',
  'alertdialog',
])

export const VOID = new Set(
  'area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr'.split(' '),
)

/** A line ends before and after them. */
export const BLOCKS = new Set(
  `address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
  form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section summary
  table tbody td tfoot th thead tr ul`.split(/\s+/),
)

/** Not followed on the stack of open elements: pages close them in any order. */
export const INLINE = new Set(
  `a abbr acronym b bdi bdo big cite data del dfn em font i ins kbd label mark q rp rt ruby s samp small span strike
  strong sub sup time tt u var code`.split(/\s+/),
)

/** Opening the key ends an open element of `ends`, unless one of `within` lies between. */
export const IMPLIED_ENDS: Record<string, { ends: readonly string[]; within: readonly string[] }> = {
  li: { ends: ['li'], within: ['ul', 'ol', 'menu', 'td', 'th'] },
  dt: { ends: ['dt', 'dd'], within: ['dl', 'td', 'th'] },
  dd: { ends: ['dt', 'dd'], within: ['dl', 'td', 'th'] },
  td: { ends: ['td', 'th'], within: ['tr', 'table'] },
  th: { ends: ['td', 'th'], within: ['tr', 'table'] },
  tr: { ends: ['tr'], within: ['table', 'thead', 'tbody', 'tfoot'] },
  thead: { ends: ['thead', 'tbody', 'tfoot'], within: ['table'] },
  tbody: { ends: ['thead', 'tbody', 'tfoot'], within: ['table'] },
  tfoot: { ends: ['thead', 'tbody', 'tfoot'], within: ['table'] },
  // A menu that nobody closed must not take the page with it.
  main: { ends: ['nav', 'aside', 'footer'], within: [] },
}

/** These end an open heading that was never closed. */
export const ENDS_HEADING = new Set('p ul ol table h1 h2 h3 h4 h5 h6 pre section article main'.split(' '))

const HIDING = /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]))/i

/** What people do not see must not be knowledge: pages hide text from them that is meant for machines. */
export function isHidden(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.size === 0) return false
  const hidden = attributes.get('hidden')
  if (hidden !== undefined && hidden.toLowerCase() !== 'until-found') return true
  return attributes.get('aria-hidden') === 'true' || HIDING.test(attributes.get('style') ?? '')
}
