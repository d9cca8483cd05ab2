import { contentTerms } from '../lib/analyse.ts'
import type { CitedPassage } from './cited-passage.ts'

const QUOTATION = /[“„"]([^“”„"\n]{8,400})[”“"]|«([^«»\n]{8,400})»|「([^「」\n]{4,400})」/gu
/** Fewer are the name of a button, or irony. */
const LEAST_TERMS = 3

/** Whether what a sentence puts between quotation marks stands so in one of the passages. */
export function quotesTruly(text: string, cited: readonly CitedPassage[]): boolean {
  const sources = cited.map(({ plain, above }) => `${above}\n${plain}`.toLowerCase())
  for (const [, ...groups] of text.matchAll(QUOTATION)) {
    const quoted = groups.find((group) => group !== undefined) ?? ''
    if (contentTerms(quoted).length < LEAST_TERMS) continue
    const bare = quoted.replace(/\s+/g, ' ').replace(/^[\s.,…]+|[\s.,!?…]+$/gu, '')
    if (!sources.some((source) => source.includes(bare.toLowerCase()))) return false
  }
  return true
}
