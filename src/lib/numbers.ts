import { analyseWords, fold } from './analyse.ts'
import { type Language, LANGUAGES } from './languages.ts'

/** A number as it is written, and what it may mean: `1.000` is a thousand in Berlin and one in Boston. */
export type WrittenNumber = { text: string; values: string[] }

const DIGIT = /\p{Nd}/gu
const ARABIC_MARKS: Record<string, string> = { '٫': '.', '٬': ',', '،': ',' }
/** Not those inside a name, such as X200. */
const NUMBER =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d])(?:\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)*)/gu
const WORD_VALUES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 30]
/** Han numerals count only before what they count: alone they are parts of words. */
const HAN_NUMBER = /[一二两兩三四五六七八九十百]{1,5}(?=[天日个個年月小時时周週分元円人名割%％つ営])/gu
const HAN_DIGITS = '零一二三四五六七八九'

const WORDS = new Map(
  Object.entries(LANGUAGES).map(([language, { numbers }]) => [
    language,
    new Map(
      numbers
        .split(' ')
        .flatMap((variants, at) => variants.split('/').map((word) => [word, String(WORD_VALUES[at])] as const)),
    ),
  ]),
)

/** The numbers of a text, in digits of any script and in words of its language, in no order. */
export function numbersIn(text: string, language: Language): WrittenNumber[] {
  const written = text
    .normalize('NFKC')
    .replace(/[٫٬]/g, (mark) => ARABIC_MARKS[mark] ?? mark)
    .replace(DIGIT, (digit) => String(digitOf(digit)))
  const found: WrittenNumber[] = Array.from(written.matchAll(NUMBER), ([number]) => ({
    text: number,
    values: valuesOf(number.replace(/[ '’\u00a0\u202f]/g, '')),
  }))
  const words = WORDS.get(language)
  if (words && words.size > 1) {
    for (const word of analyseWords(fold(text)).words) {
      const value = words.get(word)
      if (value !== undefined) found.push({ text: word, values: [value] })
    }
  }
  if (language === 'zh' || language === 'ja') {
    for (const [number] of written.matchAll(HAN_NUMBER)) found.push({ text: number, values: [hanValue(number)] })
  }
  return found
}

/** Scripts have their ten digits in a row, the zero first. */
function digitOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 48
  if (code < 128) return code - 48
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++
  return value
}

function valuesOf(written: string): string[] {
  const marks = written.replace(/\d/g, '')
  const [mark] = marks
  if (mark === undefined) return [plain(written)]
  const last = marks.at(-1) ?? mark
  if (marks.length > 1 && last === mark) {
    // Several marks of one kind: thousands, or a date or a version, which is compared as it is.
    return /^\d{1,3}(?:[.,]\d{3})+$/.test(written) ? [plain(written.replace(/\D/g, ''))] : [written]
  }
  const cut = written.lastIndexOf(last)
  const decimal = plain(`${written.slice(0, cut).replace(/\D/g, '')}.${written.slice(cut + 1)}`)
  const mayBeThousands = marks.length === 1 && /^[1-9]\d{0,2}\D\d{3}$/.test(written)
  return mayBeThousands ? [decimal, plain(written.replace(/\D/g, ''))] : [decimal]
}

/** Without the zeros that mean nothing: `05` is 5, `4.90` is 4.9. */
function plain(number: string): string {
  const bare = number.replace(/^0+(?=\d)/, '')
  return bare.includes('.') ? bare.replace(/\.?0+$/, '') : bare
}

function hanValue(written: string): string {
  let total = 0
  let digit = 0
  for (const letter of written.replace(/[两兩]/g, '二')) {
    if (letter === '百') total += (digit || 1) * 100
    else if (letter === '十') total += (digit || 1) * 10
    digit = letter === '百' || letter === '十' ? 0 : HAN_DIGITS.indexOf(letter)
  }
  return String(total + digit)
}
