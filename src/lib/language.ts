import { analyseWords, fold } from './analyse.ts'
import { type Language, LANGUAGES } from './languages.ts'

/** What of a text is looked at, in UTF-16 units. */
const LOOKED_AT = 4_000
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
const COMMON = Object.entries(LANGUAGES)
  .filter(([, { common }]) => common !== '')
  .map(([language, { common }]) => ({ language: language as Language, words: new Set(common.split(' ')) }))

/** The language of a text by its script and its commonest words; undefined when they do not tell. */
export function languageOf(text: string): Language | undefined {
  const some = text.slice(0, LOOKED_AT)
  return languageOfScript(some) ?? languageOfWords(some)
}

function languageOfScript(text: string): Language | undefined {
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
  const { words } = analyseWords(fold(text))
  const hits = COMMON.map(({ language, words: common }) => ({
    language,
    count: words.filter((word) => common.has(word)).length,
  })).toSorted((a, b) => b.count - a.count)
  const [first, second] = hits
  return first && second && first.count >= LEAST_HITS && first.count > second.count ? first.language : undefined
}
