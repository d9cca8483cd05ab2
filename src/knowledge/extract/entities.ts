// The names of HTML 4 (https://www.w3.org/TR/html4/sgml/entities.html) and the few later ones that pages use.
const LATIN1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'
const BASIC = 'amp & lt < gt > quot " AMP & LT < GT > QUOT "'
const OTHERS =
  "apos ' OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π rho ρ sigmaf ς sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω thetasym ϑ upsih ϒ piv ϖ ensp \u2002 emsp \u2003 thinsp \u2009 zwnj \u200c zwj \u200d lrm \u200e rlm \u200f ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ dagger † Dagger ‡ bull • hellip … permil ‰ prime ′ Prime ″ lsaquo ‹ rsaquo › oline ‾ frasl ⁄ euro € image ℑ weierp ℘ real ℜ trade ™ alefsym ℵ larr ← uarr ↑ rarr → darr ↓ harr ↔ crarr ↵ lArr ⇐ uArr ⇑ rArr ⇒ dArr ⇓ hArr ⇔ forall ∀ part ∂ exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ ni ∋ prod ∏ sum ∑ minus − lowast ∗ radic √ prop ∝ infin ∞ ang ∠ and ∧ or ∨ cap ∩ cup ∪ int ∫ there4 ∴ sim ∼ cong ≅ asymp ≈ ne ≠ equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ nsub ⊄ sube ⊆ supe ⊇ oplus ⊕ otimes ⊗ perp ⊥ sdot ⋅ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lang ⟨ rang ⟩ loz ◊ spades ♠ clubs ♣ hearts ♥ diams ♦ check ✓ checkmark ✓ cross ✗ star ☆ starf ★ phone ☎ num # excl ! percnt % dollar $ lpar ( rpar ) ast * plus + comma , period . sol / colon : semi ; equals = quest ? commat @ lsqb [ rsqb ] lbrack [ rbrack ] bsol \\ lowbar _ grave ` lcub { rcub } lbrace { rbrace } verbar | vert | hyphen ‐ dash ‐ horbar ― numsp \u2007 puncsp \u2008 hairsp \u200a NonBreakingSpace \u00a0 Tab \t NewLine \n caron ˇ breve ˘ dot ˙ ring ˚ ogon ˛ rsquor ’ ldquor „ frac13 ⅓ frac23 ⅔ frac15 ⅕ frac18 ⅛ frac38 ⅜ frac58 ⅝ frac78 ⅞ copysr ℗ numero № incare ℅ ohm Ω deg ° half ½ Zcaron Ž zcaron ž Ccaron Č ccaron č Cacute Ć cacute ć Dstrok Đ dstrok đ Lstrok Ł lstrok ł Nacute Ń nacute ń Sacute Ś sacute ś Zdot Ż zdot ż Zacute Ź zacute ź Aogon Ą aogon ą Eogon Ę eogon ę Ecaron Ě ecaron ě Rcaron Ř rcaron ř Uring Ů uring ů Ncaron Ň ncaron ň Tcaron Ť tcaron ť Dcaron Ď dcaron ď Abreve Ă abreve ă Scedil Ş scedil ş Tcedil Ţ tcedil ţ Gbreve Ğ gbreve ğ Idot İ imath ı inodot ı Odblac Ő odblac ő Udblac Ű udblac ű"

/** These are read without their semicolon, too. */
const LEGACY = new Map([
  ...LATIN1.split(' ').map((name, at) => [name, String.fromCharCode(160 + at)] as const),
  ...pairs(BASIC),
])
const NAMED = new Map([...LEGACY, ...pairs(OTHERS)])
const XML = new Map(pairs('amp & lt < gt > quot " apos \''))

/** Bytes 0x80 to 0x9F of windows-1252; numeric references to C1 controls mean these (WHATWG HTML 13.2.5.80). */
const C1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const REFERENCE = /&(?:#(\d{1,10})|#[xX]([0-9a-fA-F]{1,10})|([A-Za-z][A-Za-z0-9]{1,31}))(;?)/g

/** Decodes character references once: `&amp;lt;` becomes `&lt;`. Unknown names stay as they are. */
export function decodeHtml(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(REFERENCE, (whole, dec: string, hex: string, name: string, end: string, at: number) => {
    if (name === undefined) return character(dec === undefined ? Number.parseInt(hex, 16) : Number(dec))
    if (end === ';') return NAMED.get(name) ?? whole
    // `?a=1&copy=2` in an address is not a copyright sign.
    return text.charAt(at + whole.length) === '=' ? whole : (LEGACY.get(name) ?? whole)
  })
}

/** The five names of XML and numbers; entities of a DOCTYPE do not exist here, so none can expand. */
export function decodeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(REFERENCE, (whole, dec: string, hex: string, name: string, end: string) => {
    if (end !== ';') return whole
    if (name !== undefined) return XML.get(name) ?? whole
    return character(dec === undefined ? Number.parseInt(hex, 16) : Number(dec))
  })
}

function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return C1.charAt(code - 0x80)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd'
  return String.fromCodePoint(code)
}

function pairs(list: string): [string, string][] {
  const words = list.split(' ')
  const found: [string, string][] = []
  for (let at = 0; at + 1 < words.length; at += 2) found.push([words[at] ?? '', words[at + 1] ?? ''])
  return found
}
