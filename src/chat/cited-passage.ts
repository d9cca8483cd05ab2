import { analyseContent, contentTerms } from '../lib/analyse.ts'
import { languageOf } from '../lib/language.ts'
import type { Language } from '../lib/languages.ts'
import { numbersIn } from '../lib/numbers.ts'
import { type Sentence, sentences } from '../lib/sentences.ts'
import { gramsOf } from '../lib/word-forms.ts'
import type { Passage } from '../models/evidence.ts'
import { nameableIn } from './names.ts'

/** `grams` of its longer words, for telling forms of a word. */
export type PassageSentence = Sentence & { terms: ReadonlySet<string>; grams: readonly ReadonlySet<string>[] }

/** A passage as citing and judging look at it. What is asked for is worked out once, and only then. */
export class CitedPassage {
  readonly passage: Passage
  #sentences: PassageSentence[] | undefined
  #context: ReadonlySet<string> | undefined
  #words: ReadonlySet<string> | undefined
  #plain: string | undefined
  #language: { known: Language | undefined } | undefined
  readonly #numbers = new Map<string, ReadonlySet<string>>()

  constructor(passage: Passage) {
    this.passage = passage
  }

  /** Offsets are those in the passage's text. */
  get sentences(): readonly PassageSentence[] {
    this.#sentences ??= sentences(this.passage.text).map((sentence) => {
      const { terms, words } = analyseContent(sentence.text)
      const grams = this.language === 'en' ? [] : words.map(gramsOf).filter(({ size }) => size > 0)
      return { ...sentence, terms: new Set(terms), grams }
    })
    return this.#sentences
  }

  /** Title and headings. */
  get above(): string {
    return [this.passage.title, ...this.passage.headings].join('\n')
  }

  /** Terms of title and headings: what every sentence of the passage is about. */
  get context(): ReadonlySet<string> {
    this.#context ??= new Set(contentTerms(this.above))
    return this.#context
  }

  /** Everything that it could be said to name: all its terms, stop words included, and currencies. */
  get words(): ReadonlySet<string> {
    this.#words ??= nameableIn(`${this.above}\n${this.passage.text}`)
    return this.#words
  }

  /** Its text with every run of white space as one blank. */
  get plain(): string {
    this.#plain ??= this.passage.text.replace(/\s+/g, ' ')
    return this.#plain
  }

  get language(): Language | undefined {
    this.#language ??= { known: languageOf(`${this.passage.title}\n${this.passage.text}`) }
    return this.#language.known
  }

  /** Everything that the numbers of one of its texts may mean. */
  numbersOf(text: string): ReadonlySet<string> {
    let values = this.#numbers.get(text)
    if (!values) {
      values = new Set(numbersIn(text, this.language ?? 'en').flatMap((number) => number.values))
      this.#numbers.set(text, values)
    }
    return values
  }
}
