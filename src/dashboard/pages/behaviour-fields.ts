import type { Behavior } from '../../agents/contract.ts'
import type { Fields } from '../fields.ts'

type BehaviorField = {
  name: keyof Behavior
  label: string
  hint: string
  type: 'text' | 'textarea'
  rows?: number
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
    name: 'refusalText',
    label: 'When its sources hold no answer',
    hint: 'Said instead of a guess. Tell where a person can be reached.',
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
    name: 'language',
    label: 'Language',
    hint: "auto: the question's. Or a language such as de or pt-BR.",
    type: 'text',
  },
]

/** What was sent, ready for the contract's schema. */
export function readBehavior(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    BEHAVIOR_FIELDS.filter(({ name }) => fields.has(name)).map(({ name }) => [name, fields.text(name)]),
  )
}

/** A value as the form and the diff show it. */
export function shownValue(behavior: Behavior, name: keyof Behavior): string {
  const value: unknown = behavior[name]
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

export const labelOf = (name: string): string => BEHAVIOR_FIELDS.find((field) => field.name === name)?.label ?? name
