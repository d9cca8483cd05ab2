import type { Child } from 'hono/jsx'
import { problem } from '../../lib/problem.ts'
import { Field } from '../parts/form.tsx'
import type { Visit } from '../visit.ts'

type Props = { visit: Visit; form: string }
type SourceForm = { title: string; hint: string; Inputs: (props: Props) => Child }

const EVERY = [
  ['', 'Only by hand'],
  ['24', 'Every day'],
  ['168', 'Every week'],
  ['720', 'Every 30 days'],
] as const

export const Schedule = ({ value = '', ...field }: Props & { value?: string }) => (
  <Field {...field} name="everyHours" label="Look again" options={withOther(value)} value={value} />
)

/** A schedule that was set through the API may be another one. */
function withOther(value: string): readonly (readonly [string, string])[] {
  return EVERY.some(([hours]) => hours === value) ? EVERY : [...EVERY, [value, `Every ${value} hours`]]
}

const Url = ({ hint, ...field }: Props & { hint: string }) => (
  <Field {...field} name="url" label="Address" type="url" hint={hint} placeholder="https://" required />
)

/** One form for each kind of source. */
export const FORMS = {
  text: {
    title: 'Text',
    hint: 'Text or Markdown. Headings become the places that answers are quoted from. It is searchable when this page comes back.',
    Inputs: (field: Props) => (
      <>
        <Field {...field} name="title" label="Title" hint="Shown with citations." required />
        <Field {...field} name="content" label="Text or Markdown" type="textarea" rows={12} required />
        <Field {...field} name="url" label="Address" type="url" hint="Optional. Where citations lead to." />
      </>
    ),
  },
  site: {
    title: 'Site',
    hint: 'Crawled in the background by its sitemap and its links, politely and as its robots.txt says. Only pages of this host are read. You can leave the page while it runs.',
    Inputs: (field: Props) => (
      <>
        <Url {...field} hint="Where the crawl begins. Its host is the site." />
        <Field
          {...field}
          name="include"
          label="Only these paths"
          type="textarea"
          rows={2}
          hint="One a line, such as /docs/*. Empty: all."
        />
        <Field {...field} name="exclude" label="Not these paths" type="textarea" rows={2} />
        <Field {...field} name="maxPages" label="Pages at most" type="number" value="500" min={1} max={2000} />
        <Schedule {...field} />
      </>
    ),
  },
  page: {
    title: 'Page',
    hint: 'One page and nothing it links to.',
    Inputs: (field: Props) => (
      <>
        <Url {...field} hint="Of the page." />
        <Schedule {...field} />
      </>
    ),
  },
  file: {
    title: 'File',
    hint: 'PDF, DOCX, XLSX, CSV, HTML, Markdown or text, up to 25 MB. It is read in the background; a file that cannot be read says why.',
    Inputs: (field: Props) => <Field {...field} name="file" label="File" type="file" required />,
  },
  pairs: {
    title: 'Q&A',
    hint: 'Questions as people ask them, each with the answer to give. For what no page says, or says badly.',
    Inputs: (field: Props) => (
      <>
        <Field {...field} name="name" label="Name" required />
        <PairsField {...field} />
      </>
    ),
  },
} as const satisfies Record<string, SourceForm>

export type SourceKind = keyof typeof FORMS
export const isKind = (value: string): value is SourceKind => Object.hasOwn(FORMS, value)

export const PairsField = ({ value, ...field }: Props & { value?: string }) => (
  <Field
    {...field}
    name="pairs"
    label="Questions and answers"
    type="textarea"
    rows={10}
    value={value}
    hint="A question on a line of its own that begins with Q:, and below it the answer, which begins with A:."
    placeholder={'Q: Do you ship to Norway?\nA: Yes, in 5 working days.'}
    required
  />
)

type Pair = { question: string; answer: string }

/** `Q:` begins a question and `A:` its answer, which goes on to the next question. */
export function readPairs(text: string): Pair[] {
  const pairs: Pair[] = []
  let inAnswer = false
  for (const line of text.split('\n')) {
    const [, mark, rest = ''] = /^\s*([QA]):\s?(.*)$/i.exec(line) ?? []
    if (mark?.toUpperCase() === 'Q') pairs.push({ question: rest, answer: '' })
    const pair = pairs.at(-1)
    if (!pair) {
      if (line.trim() === '') continue
      throw problem('VALIDATION_FAILED', { message: 'pairs: the first line has to begin with Q:', param: 'pairs' })
    }
    if (mark?.toUpperCase() === 'Q') inAnswer = false
    else if (mark && !inAnswer) [pair.answer, inAnswer] = [rest, true]
    else if (inAnswer) pair.answer += `\n${line}`
    else pair.question = `${pair.question} ${line}`
  }
  const lacking = pairs.find(({ answer }) => answer.trim() === '')
  if (lacking) {
    const message = `pairs: “${lacking.question.slice(0, 60)}” has no line that begins with A:`
    throw problem('VALIDATION_FAILED', { message, param: 'pairs' })
  }
  return pairs.map(({ question, answer }) => ({ question: question.trim(), answer: answer.trim() }))
}

export const writePairs = (pairs: readonly Pair[]): string =>
  pairs.map(({ question, answer }) => `Q: ${question}\nA: ${answer}`).join('\n\n')
