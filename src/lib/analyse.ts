import { porter } from './porter.ts'
import { isStopPair, isStopWord } from './stop-words.ts'

const KEPT_LETTERS = 6
const LONGEST_TERM = 48

const ASCII = /^[\0-\x7f]*$/
const ASCII_WORD = /[a-z0-9]+/g
const DIGIT = /\p{N}/u
const ARABIC = /^[\u0620-\u06ff]+$/
/** Marks that spell nothing by themselves (Latin, Greek, Cyrillic, Hebrew, Arabic). */
const SILENT = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]/g
const JOINERS = /[\u00ad\u200b-\u200d\u2060\ufeff]/g
/** 1: scripts cut into pairs (Han, Kana, Hangul), 2: into threes (Thai, Lao, Khmer, Burmese), 3: words. */
const RUN =
  /([[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&[\p{L}\p{M}\p{N}]]+)|([[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{M}\p{N}]]+)|([[\p{L}\p{M}\p{N}]--[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]]+)/gv
/** Of `RUN` the scripts without spaces; group 1 is cut into pairs. */
export const UNSPACED_RUN =
  /([[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&[\p{L}\p{M}\p{N}]]+)|([[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&[\p{L}\p{M}\p{N}]]+)/gv
const LETTERS: Record<string, string> = {
  ς: 'σ',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
  آ: 'ا',
  أ: 'ا',
  إ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
}
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g')

/** What one text became: `words[i]` is the folded word behind `terms[i]`, empty where the term is a cut of a run. */
export interface Analysis {
  terms: string[]
  words: string[]
}

/** Lower case, compatibility forms and joiners gone: what is cut into words. */
function simplify(text: string): string {
  return ASCII.test(text)
    ? text.toLowerCase()
    : text.normalize('NFKC').toLowerCase().replace(JOINERS, '').normalize('NFC')
}

/** Accents and letter variants folded as well: what remains of `text` for comparing. */
export function fold(text: string): string {
  const simple = simplify(text)
  if (ASCII.test(simple)) return simple
  const bare = simple.normalize('NFD').replace(SILENT, '').normalize('NFC')
  return bare.replace(LETTER, (letter) => LETTERS[letter] ?? letter)
}

/** Terms of `text` in order, for any language and without guessing which: the words of an index and of its queries. */
export function analyse(text: string): string[] {
  return analyseWords(text).terms
}

/** The same without stop words: what is indexed and searched. */
export function contentTerms(text: string): string[] {
  return analyseContent(text).terms
}

export function analyseWords(text: string): Analysis {
  return cut(text, true)
}

export function analyseContent(text: string): Analysis {
  return cut(text, false)
}

function cut(text: string, stopWords: boolean): Analysis {
  const found: Analysis = { terms: [], words: [] }
  const simple = simplify(text)
  if (ASCII.test(simple)) {
    for (const [word] of simple.matchAll(ASCII_WORD)) addWord(found, word, stopWords)
    return found
  }
  for (const [, pairs, threes, word] of simple.matchAll(RUN)) {
    if (pairs !== undefined) addCuts(found, pairs, 2, stopWords)
    else if (threes !== undefined) addCuts(found, threes, 3, stopWords)
    else if (word !== undefined) addWord(found, word, stopWords)
  }
  return found
}

function addWord(found: Analysis, written: string, stopWords: boolean): void {
  const { term, word, stop } = read(written)
  if (term === '' || (stop && !stopWords)) return
  found.terms.push(term)
  found.words.push(word)
}

function addCuts(found: Analysis, run: string, size: number, stopWords: boolean): void {
  const letters = Array.from(run)
  const last = Math.max(0, letters.length - size)
  for (let at = 0; at <= last; at++) {
    const term = letters.slice(at, at + size).join('')
    if (!stopWords && isStopPair(term)) continue
    found.terms.push(term)
    found.words.push('')
  }
}

interface Known {
  term: string
  word: string
  stop: boolean
}

/** Stemming is most of the work and words repeat: remembered, and forgotten as a whole when too many. */
const known = new Map<string, Known>()
const KNOWN_MAX = 20_000

function read(written: string): Known {
  const before = known.get(written)
  if (before !== undefined) return before
  const word = fold(written)
  const made = { term: stem(word), word, stop: isStopWord(written) }
  if (known.size >= KNOWN_MAX) known.clear()
  if (written.length <= LONGEST_TERM) known.set(written, made)
  return made
}

/** The term of one folded word. */
export function termOf(word: string): string {
  return read(word).term
}

function stem(word: string): string {
  if (DIGIT.test(word)) return word.slice(0, LONGEST_TERM)
  if (ASCII.test(word)) return porter(word.slice(0, LONGEST_TERM)).slice(0, KEPT_LETTERS)
  const bare = ARABIC.test(word) ? lightArabic(word) : word
  return Array.from(bare.slice(0, 2 * KEPT_LETTERS))
    .slice(0, KEPT_LETTERS)
    .join('')
}

const ARABIC_PREFIXES = ['وال', 'بال', 'كال', 'فال', 'ال', 'لل']
const ARABIC_SUFFIXES = ['ها', 'ان', 'ات', 'ون', 'ين', 'يه', 'ه', 'ي']

/** Articles and the commonest endings, after Larkey's light10; enough letters must remain. */
function lightArabic(word: string): string {
  let bare = word.startsWith('و') && word.length > 3 ? word.slice(1) : word
  const prefix = ARABIC_PREFIXES.find((start) => bare.startsWith(start) && bare.length >= start.length + 2)
  if (prefix !== undefined) bare = bare.slice(prefix.length)
  const suffix = ARABIC_SUFFIXES.find((end) => bare.endsWith(end) && bare.length >= end.length + 2)
  return suffix === undefined ? bare : bare.slice(0, -suffix.length)
}

/** A 32-bit signed number for a term (FNV-1a, then mixed so that its low bits are usable as a table index). */
export function hashTerm(term: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < term.length; at++) hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) | 0
}
