import { analyseWords } from './analyse.ts'
import { type Language, LANGUAGES } from './languages.ts'

/** What of a text is looked at, in UTF-16 units. */
const LOOKED_AT = 1_000
/** Common words that a text must say to be of a language, and more of them than of any other. */
const LEAST_HITS = 2

const SCRIPTS: [RegExp, Language][] = [
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Cyrillic}/gu, 'ru'],
  [/\p{Script=Arabic}/gu, 'ar'],
  [/\p{Script=Devanagari}/gu, 'hi'],
  [/\p{Script=Greek}/gu, 'el'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Thai}/gu, 'th'],
  [/\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/gu, 'zh'],
]
const NOT_LATIN = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u
/** The languages that a common word is common in. */
const COMMON = new Map<string, Language[]>()
for (const [language, { common }] of Object.entries(LANGUAGES)) {
  if (common === '') continue
  for (const word of new Set(common.split(' '))) COMMON.set(word, [...(COMMON.get(word) ?? []), language as Language])
}

/** The language of a text by its script and its commonest words; undefined when they do not tell. */
export function languageOf(text: string): Language | undefined {
  const some = text.slice(0, LOOKED_AT)
  return languageOfScript(some) ?? languageOfWords(some)
}

function languageOfScript(text: string): Language | undefined {
  if (!NOT_LATIN.test(text)) return undefined
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0
  for (const [script, language] of SCRIPTS) {
    const letters = text.match(script)?.length ?? 0
    // Names and addresses in Latin letters stand in texts of every script; a word in CJK has few letters.
    if (letters === 0 || letters * 3 < latin) continue
    if (language === 'zh' && /\p{Script=Hiragana}|\p{Script=Katakana}/u.test(text)) return 'ja'
    if (language === 'ru' && /[іїєґ]/i.test(text)) return 'uk'
    return language
  }
  return undefined
}

function languageOfWords(text: string): Language | undefined {
  const hits = new Map<Language, number>()
  for (const word of analyseWords(text).words)
    for (const language of COMMON.get(word) ?? []) hits.set(language, (hits.get(language) ?? 0) + 1)
  const [first, second] = [...hits].toSorted(([, a], [, b]) => b - a)
  if (!first || first[1] < LEAST_HITS || first[1] === second?.[1]) return undefined
  return first[0]
}
