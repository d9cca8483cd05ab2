import { fold } from './analyse.ts'
import { type Language, LANGUAGES } from './languages.ts'

/** A denial that denies nothing: "no later than", and the "No," that answers a question. */
const IDIOMS =
  /(?<!\p{L})(?:no|not) (?:later|longer|more|less|fewer) than|not only|no problem|no matter|nicht (?:nur|mehr als)|pas plus (?:de|tard)|no (?:mas|solo)(?: de)?|nao (?:so|mais de)|non (?:solo|piu di)|niet (?:alleen|meer dan)|^\W*(?:no|nein|non|nao|nee|nie|нет|nej),/gu
/** Words that deny without a word for it, or only in part: what they say is compared with neither yes nor no. */
const PARTLY =
  /(?<!\p{L})(?:only|just|except|exclu|unless|unable|unavailable|impossible|invalid|forbid|prohibit|refuse|nur|ausgeschlossen|ausser|solo|salvo|sauf|seulement|uniquement|somente|apenas|exceto|tranne|esclus|alleen|behalve|uitgesloten|tylko|oprocz|wyklucz|только|кроме|исключ|sadece|haric|فقط|باستثناء|केवल)|のみ|だけ|除|只|仅|僅|만 |제외/u
const CONTRACTED = /n['’]t(?!\p{L})/u

const WORDS = new Map(
  Object.entries(LANGUAGES).map(([language, { negations }]) => [
    language,
    // Scripts without spaces have no words to look for.
    ['ja', 'zh', 'ko', 'th'].includes(language)
      ? new RegExp(negations.replaceAll(' ', '|'), 'u')
      : new RegExp(`(?<![\\p{L}\\p{M}])(?:${negations.replaceAll(' ', '|')})(?![\\p{L}\\p{M}])`, 'u'),
  ]),
)

/** Whether a clause denies what it is about; undefined where that cannot be told from its words. */
export function isNegated(clause: string, language: Language): boolean | undefined {
  // `fold` takes the accents away, which tell "né" from "ne"; what is left is compared with words without accents.
  const bare = fold(clause).replace(IDIOMS, ' ')
  if (PARTLY.test(bare)) return undefined
  return CONTRACTED.test(bare) || WORDS.get(language)?.test(bare) === true
}

const CLAUSE_END =
  /[;()；،]|[,:，、：](?=\s|\P{ASCII})|\s[-–—]\s|—|(?<!\p{L})(?:but|however|aber|sondern|jedoch|pero|sino|mais|cependant|porem|mas|però|maar|echter|ale|lecz|но|однако|ama|fakat|لكن)(?!\p{L})|但是|但|ですが|けれど|하지만/giu

/** The clauses of a sentence, roughly: each may deny something else. */
export function clausesOf(sentence: string): string[] {
  return sentence.split(CLAUSE_END).filter((clause) => /\p{L}/u.test(clause))
}
