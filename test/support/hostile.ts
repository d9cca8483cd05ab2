// Texts that make careless code slow or wrong: long runs without marks, marks only, halves of letters.

const SIZE = 1_000_000
const fill = (part: string) => part.repeat(Math.ceil(SIZE / part.length))

export const HOSTILE: Record<string, string> = {
  'one word': fill('a'),
  'words without marks': fill('lorem ipsum '),
  'full stops': fill('.'),
  'stops and spaces': fill('. '),
  'spaces before a letter': `${fill(' ')}a`,
  'line breaks': fill('a\n'),
  'open fences': fill('```\n'),
  headings: fill('# a\n'),
  'heading marks': fill('# '),
  'list marks': fill('1. '),
  'table pipes': fill('| :-- '),
  'table rules': fill('|-|-|\n'),
  'underlined lines': fill('a\n---\n'),
  'Han without marks': fill('漢'),
  'Thai without spaces': fill('ก'),
  'half letters': fill('\ud800'),
  'marks over one letter': `a${fill('\u0301')}`,
  'joined emoji': fill('👩‍👩‍👧'),
  'commas and quotes': fill('!"a,'),
}
