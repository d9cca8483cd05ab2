import { type Language, LANGUAGES } from '../lib/languages.ts'
import { contentTerms } from '../lib/analyse.ts'
import { clausesOf, isNegated } from '../lib/negation.ts'
import { numbersIn } from '../lib/numbers.ts'
import type { CitedPassage } from './cited-passage.ts'
import type { Claim } from './claims.ts'
import { namesIn } from './names.ts'
import { type Place, placeAcross, placesIn, type WantedTerm } from './places.ts'

const COMMON_WORDS = new Map(
  Object.entries(LANGUAGES).map(([language, { common }]) => [language, new Set(common.split(' '))]),
)

/** `unchecked`: what is cited is in another language, so words cannot be compared; numbers were. */
export type Verdict =
  | 'supported'
  | 'unchecked'
  | 'not-in-source'
  | 'number-differs'
  | 'name-differs'
  | 'negation-differs'

/** How far a claim came before it failed: of several passages the nearest one tells why. */
const NEARNESS: Verdict[] = [
  'not-in-source',
  'name-differs',
  'number-differs',
  'negation-differs',
  'unchecked',
  'supported',
]

export type Basis = {
  /** Of the answer. */
  language: Language | undefined
  rarity: (term: string) => number
  /** Names that need no source, such as the organization's. */
  known: ReadonlySet<string>
}

/** Whether one of the cited passages, or what they say together, supports a claim. */
export function judge(claim: Claim, cited: readonly CitedPassage[], basis: Basis): Verdict {
  let nearest: Verdict = 'not-in-source'
  const consider = (passages: readonly CitedPassage[]) => {
    const verdict = judgeBy(claim, passages, basis)
    if (NEARNESS.indexOf(verdict) > NEARNESS.indexOf(nearest)) nearest = verdict
    return nearest === 'supported'
  }
  if (cited.some((passage) => consider([passage]))) return 'supported'
  if (cited.length > 1) consider(cited)
  return nearest
}

function judgeBy(claim: Claim, cited: readonly CitedPassage[], basis: Basis): Verdict {
  const source = cited.find(({ language }) => language !== undefined)?.language
  const language = basis.language ?? source ?? 'en'
  const numbers = numbersIn(claim.text, language)
    // "One" is an article as often as a number.
    .filter(({ text, values }) => /\d/.test(text) || !values.includes('1'))
  const saysNumbers = (texts: readonly string[]) => {
    const said = cited.flatMap((passage) => texts.map((text) => passage.numbersOf(text)))
    return numbers.every(({ values }) => values.some((value) => said.some((known) => known.has(value))))
  }
  const above = cited.map((passage) => passage.above)
  if (source !== undefined && source !== language) {
    return saysNumbers([...above, ...cited.map(({ passage }) => passage.text)]) ? 'unchecked' : 'number-differs'
  }
  const wanted = wantedTerms(claim, language, basis)
  const [only, ...others] = cited
  const places = only && others.length === 0 ? placesIn(wanted, only) : placeAcross(wanted, cited)
  if (places.length === 0) return 'not-in-source'
  const isNamed = (name: string) => basis.known.has(name) || cited.some(({ words }) => words.has(name))
  if (![...namesIn(claim.text, language)].every(isNamed)) return 'name-differs'
  const counted = places.filter((place) => saysNumbers([...above, ...place.map(({ text }) => text)]))
  if (counted.length === 0) return 'number-differs'
  return counted.some((place) => agreesOnNegation(claim.text, place, language)) ? 'supported' : 'negation-differs'
}

/** Of numbers only long ones are terms, such as of a telephone; the others are compared by what they mean. */
const isShortNumber = (term: string) => /^\p{N}{1,4}(?!\p{N})/u.test(term)
/** Pairs with kana are mostly grammar. */
const GRAMMAR = 0.3

/** What a place must say of a claim: its terms without numbers and common words, unless it has nothing else. */
function wantedTerms({ terms, words }: Claim, language: Language, { rarity }: Basis): WantedTerm[] {
  const common = COMMON_WORDS.get(language)
  const all = new Map(terms.map((term, at) => [term, words[at] ?? '']))
  const telling = [...all].filter(([term, word]) => !isShortNumber(term) && common?.has(word) !== true)
  return (telling.length > 0 ? telling : [...all]).map(([term, word]) => ({
    term,
    word: language === 'en' ? '' : word,
    weight: rarity(term) * (/\p{Script=Hiragana}/u.test(term) ? GRAMMAR : 1),
  }))
}

/** Each clause of a claim must deny what its nearest clause in the source denies, and affirm what that affirms. */
function agreesOnNegation(claim: string, place: Place, language: Language): boolean {
  const sources = place
    .flatMap(({ text }) => clausesOf(text))
    .map((text) => ({ terms: new Set(contentTerms(text)), denies: isNegated(text, language) }))
  return clausesOf(claim).every((clause) => {
    const denies = isNegated(clause, language)
    const terms = contentTerms(clause)
    const shared = sources.map((source) => terms.filter((term) => source.terms.has(term)).length)
    const most = Math.max(0, ...shared)
    if (denies === undefined || most === 0) return true
    return sources.some((source, at) => shared[at] === most && (source.denies ?? denies) === denies)
  })
}
