import type { Behavior } from '../../agents/contract.ts'
import type { Fields } from '../fields.ts'

type BehaviorField = {
  name: keyof Behavior
  label: string
  hint: string
  type: 'text' | 'textarea'
  rows?: number
  /** For a choice of a few. */
  options?: readonly (readonly [value: string, text: string])[]
}

/** What the form of an agent's behavior asks for, in its order. A new field of the contract is one entry here. */
export const BEHAVIOR_FIELDS: readonly BehaviorField[] = [
  {
    name: 'instructions',
    label: 'Instructions',
    hint: 'What it is there for, how it speaks, what it must not do. All of it reaches the model with every question.',
    type: 'textarea',
    rows: 7,
  },
  { name: 'greeting', label: 'Greeting', hint: 'Said when somebody only says hello.', type: 'textarea', rows: 2 },
  {
    name: 'noEvidence',
    label: 'When its sources hold no answer',
    hint: 'Never a guess. Which of these three it does instead.',
    type: 'text',
    options: [
      ['say_so', 'Say so'],
      ['ask_back', 'Ask which of the nearest documents is meant, once in a row'],
      ['hand_off', 'Hand off to a person'],
    ],
  },
  {
    name: 'refusalText',
    label: 'Said when it says so',
    hint: 'Tell where a person can be reached.',
    type: 'textarea',
    rows: 2,
  },
  {
    name: 'askBackText',
    label: 'Said when it asks back',
    hint: '{titles} becomes the titles of up to three documents.',
    type: 'textarea',
    rows: 2,
  },
  {
    name: 'handOffText',
    label: 'Said when it hands off',
    hint: 'The conversation waits for a person after it.',
    type: 'textarea',
    rows: 2,
  },
  {
    name: 'model',
    label: 'Model',
    hint: 'auto: the platform decides. embedded: the built-in one, which quotes the sources. Or the name of a model.',
    type: 'text',
  },
  {
    name: 'embeddings',
    label: 'Search by meaning',
    hint: 'Where the platform has an embedding model. Its documents are sent to it once, each question as it is asked.',
    type: 'text',
    options: [
      ['auto', 'On where it is set up'],
      ['off', 'Off: by words only, nothing is sent'],
    ],
  },
  {
    name: 'language',
    label: 'Language',
    hint: "auto: the question's. Or a language such as de or pt-BR.",
    type: 'text',
  },
]

/** A value as the form holds it. */
export const formValue = (behavior: Behavior, name: keyof Behavior): string => {
  const value: unknown = behavior[name]
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What was sent, ready for the contract's schema. */
export function readBehavior(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    BEHAVIOR_FIELDS.filter(({ name }) => fields.has(name)).map(({ name }) => [name, fields.text(name)]),
  )
}

/** A value as a person reads it. */
export function shownValue(behavior: Behavior, name: keyof Behavior): string {
  const value: unknown = behavior[name]
  const field = BEHAVIOR_FIELDS.find((one) => one.name === name)
  const option = field?.options?.find(([one]) => one === value)
  if (option) return option[1]
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

export const labelOf = (name: string): string => BEHAVIOR_FIELDS.find((field) => field.name === name)?.label ?? name
