import { analyse, fold, termOf } from '../lib/analyse.ts'
import type { Language } from '../lib/languages.ts'
import { isStopWord } from '../lib/stop-words.ts'

const CURRENCIES: Record<string, string> = { '€': 'eur', $: 'usd', '£': 'gbp', '¥': 'jpy', '₹': 'inr' }
const SPELT: Record<string, string> = { euro: 'eur', euros: 'eur', dollar: 'usd', dollars: 'usd', pound: 'gbp' }
const WORD = /[\p{L}\p{M}][\p{L}\p{M}\p{N}]*/gu
/** Where a capital letter says nothing: at the beginning of a sentence, a quotation, an item. */
const OPENS = /(?:^|[.!?:•"“„«»(>\n*_-])\s*$/u

/**
 * The terms of what a sentence names: words in capitals, words with a capital that do not begin a sentence (not in
 * German, where every noun has one), currencies.
 */
export function namesIn(text: string, language: Language): Set<string> {
  const names = currenciesIn(text)
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (word.length < 2 || !/\p{Lu}/u.test(word) || isStopWord(word.toLowerCase())) continue
    const isCapitalized = /^\p{Lu}[\p{Ll}\p{M}]+$/u.test(word)
    if (isCapitalized && (language === 'de' || OPENS.test(text.slice(Math.max(0, index - 8), index)))) continue
    const folded = fold(word)
    names.add(SPELT[folded] ?? termOf(folded))
  }
  return names
}

/** Everything in a text that could be named. */
export function nameableIn(text: string): Set<string> {
  // A unit is a name of its own where it is written without a blank: 5GB.
  const units = Array.from(text.matchAll(/(?<=\d)\p{L}+/gu), ([unit]) => termOf(fold(unit)))
  return new Set([...analyse(text), ...units, ...currenciesIn(text)])
}

function currenciesIn(text: string): Set<string> {
  const found = new Set<string>()
  for (const [sign] of text.matchAll(/\p{Sc}/gu)) found.add(CURRENCIES[sign] ?? sign)
  for (const [word] of text.matchAll(/\b(?:euros?|dollars?|pounds?)\b/giu)) found.add(SPELT[word.toLowerCase()] ?? word)
  return found
}
