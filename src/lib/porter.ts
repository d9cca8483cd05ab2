// The Porter stemmer (M. F. Porter, "An algorithm for suffix stripping", 1980), for lower-case ASCII words.

type Rule = readonly [suffix: string, replacement: string]

const STEP_2: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log'],
]
const STEP_3: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
]
const STEP_4: readonly Rule[] = [
  'al',
  'ance',
  'ence',
  'er',
  'ic',
  'able',
  'ible',
  'ant',
  'ement',
  'ment',
  'ent',
  'ion',
  'ou',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
].map((suffix) => [suffix, ''] as const)

function isConsonant(word: string, at: number): boolean {
  const letter = word.charAt(at)
  if (letter === 'y') return at === 0 || !isConsonant(word, at - 1)
  return !'aeiou'.includes(letter)
}

/** The number of vowel-consonant sequences: Porter's m. */
function measure(stem: string): number {
  let count = 0
  let previousVowel = false
  for (let at = 0; at < stem.length; at++) {
    const letter = stem.charAt(at)
    const vowel = letter === 'y' ? at > 0 && !previousVowel : 'aeiou'.includes(letter)
    if (previousVowel && !vowel) count++
    previousVowel = vowel
  }
  return count
}

function hasVowel(stem: string): boolean {
  for (let at = 0; at < stem.length; at++) if (!isConsonant(stem, at)) return true
  return false
}

function endsDouble(word: string): boolean {
  const last = word.length - 1
  return last > 0 && word.charAt(last) === word.charAt(last - 1) && isConsonant(word, last)
}

/** Consonant, vowel, consonant at the end, the last one not w, x or y: hop, not snow. */
function endsShort(word: string): boolean {
  const last = word.length - 1
  return (
    last > 1 &&
    isConsonant(word, last) &&
    !isConsonant(word, last - 1) &&
    isConsonant(word, last - 2) &&
    !'wxy'.includes(word.charAt(last))
  )
}

function plurals(word: string): string {
  if (word.endsWith('sses') || word.endsWith('ies')) return word.slice(0, -2)
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

function pastAndGerund(word: string): string {
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word
  const stem = word.endsWith('ed') ? word.slice(0, -2) : word.endsWith('ing') ? word.slice(0, -3) : undefined
  if (stem === undefined || !hasVowel(stem)) return word
  if (stem.endsWith('at') || stem.endsWith('bl') || stem.endsWith('iz')) return `${stem}e`
  if (endsDouble(stem)) return 'lsz'.includes(stem.charAt(stem.length - 1)) ? stem : stem.slice(0, -1)
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem
}

/** The longest matching suffix decides, even when its condition then fails. */
function strip(word: string, rules: readonly Rule[], above: number): string {
  let best: Rule | undefined
  for (const rule of rules) if (word.endsWith(rule[0]) && rule[0].length > (best?.[0].length ?? 0)) best = rule
  if (best === undefined) return word
  const stem = word.slice(0, word.length - best[0].length)
  if (measure(stem) <= above) return word
  if (best[0] === 'ion' && !stem.endsWith('s') && !stem.endsWith('t')) return word
  return stem + best[1]
}

function finalLetters(word: string): string {
  let result = word
  if (result.endsWith('e')) {
    const stem = result.slice(0, -1)
    const m = measure(stem)
    if (m > 1 || (m === 1 && !endsShort(stem))) result = stem
  }
  return result.endsWith('ll') && measure(result) > 1 ? result.slice(0, -1) : result
}

export function porter(word: string): string {
  if (word.length < 3) return word
  let stem = pastAndGerund(plurals(word))
  if (stem.endsWith('y') && hasVowel(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`
  stem = strip(stem, STEP_2, 0)
  stem = strip(stem, STEP_3, 0)
  stem = strip(stem, STEP_4, 1)
  return finalLetters(stem)
}
