import type { Behavior } from '../agents/contract.ts'
import type { Action } from '../conversations/contract.ts'
import type { Turn } from '../knowledge/retrieve.ts'
import { analyse } from '../lib/analyse.ts'
import type { Passage } from '../models/evidence.ts'

/** What is said when the knowledge holds no answer, and what a client is told beside it. */
export type Fallback = { text: string; action: Action }

/** Documents that a question back offers, and what of a title. */
const OPTIONS = 3
const TITLE_LENGTH = 80
const TITLES = '{titles}'

/**
 * The agent's way out for this question. It is known before the model is asked: a model that writes is told to say
 * exactly this text, so that what it said can be recognized. Asking back needs documents that came near, and is not
 * done twice in a row: who was not understood twice is told so.
 */
export function fallbackFor(behavior: Behavior, turns: readonly Turn[], passages: readonly Passage[]): Fallback {
  const sayIt: Fallback = { text: behavior.refusalText, action: { action: 'refuse', reason: 'no_evidence' } }
  switch (behavior.noEvidence) {
    case 'say_so':
      return sayIt
    case 'hand_off':
      return { text: behavior.handOffText, action: { action: 'handoff', reason: 'no_evidence' } }
    case 'ask_back': {
      const options = optionsFrom(passages)
      const lastAnswer = turns.findLast(({ role }) => role === 'assistant')?.content ?? ''
      if (options.length === 0 || isAskBack(behavior, lastAnswer)) return sayIt
      const text = behavior.askBackText.replaceAll(TITLES, () => listOf(options, behavior.language))
      return { text, action: { action: 'ask_back', reason: 'no_evidence', options } }
    }
  }
}

/** Words of a text that must all be there to be recognized inside a longer one. */
const LEAST_WORDS = 4

/** Whether an answer is the way out: its text, alone or with a few polite words, and nothing that is cited. */
export function isFallback(answer: string, { text }: Fallback, citations: readonly unknown[]): boolean {
  if (citations.length > 0) return false
  const [said, wanted] = [analyse(answer), analyse(text)]
  if (wanted.length < LEAST_WORDS) return said.join(' ') === wanted.join(' ')
  return ` ${said.join(' ')} `.includes(` ${wanted.join(' ')} `)
}

/** The nearest documents, each once, as a visitor may be asked about them. */
function optionsFrom(passages: readonly Passage[]): { sourceId: string; title: string }[] {
  const options = new Map<string, { sourceId: string; title: string }>()
  for (const { documentId: sourceId, title } of passages) {
    const line = title.replace(/\s+/g, ' ').trim()
    const short =
      line.length <= TITLE_LENGTH
        ? line
        : `${line
            .slice(0, TITLE_LENGTH - 1)
            .toWellFormed()
            .trimEnd()}…`
    if (short !== '' && !options.has(short)) options.set(short, { sourceId, title: short })
  }
  return [...options.values()].slice(0, OPTIONS)
}

function listOf(options: readonly { title: string }[], language: string): string {
  return listFormat(language).format(options.map(({ title }) => title))
}

/** A language may look like one and be none (`pt-b2`): then the list is English. */
function listFormat(language: string): Intl.ListFormat {
  try {
    return new Intl.ListFormat(language === 'auto' ? 'en' : language, { type: 'disjunction' })
  } catch {
    return new Intl.ListFormat('en', { type: 'disjunction' })
  }
}

/** Recognized by the agent's own words around the titles. */
function isAskBack({ askBackText }: Behavior, answer: string): boolean {
  const [before = '', ...after] = askBackText.split(TITLES)
  return answer.startsWith(before) && answer.endsWith(after.at(-1) ?? '')
}
