import type { Child } from 'hono/jsx'
import type { Refused, Visit } from '../visit.ts'

type Session = Pick<Visit, 'csrf' | 'refused'>

/** The refusal, when it is about the form of this name. */
const refusalOf = ({ refused }: Pick<Session, 'refused'>, name: string): Refused | undefined =>
  refused?.form === name ? refused : undefined

type FormProps = {
  visit: Session
  /** Unique on its page: tells which form was refused. */
  name: string
  action: string
  upload?: boolean
  class?: string
  /** Asked before it is sent, where there is script; names the thing and what breaks. */
  confirm?: string
  children?: Child
  [data: `data-${string}`]: string | undefined
}

/** A form with its proof of origin, and on top what was wrong with the last try. */
export const Form = ({
  visit,
  name,
  action,
  upload = false,
  class: style = 'form',
  confirm,
  children,
  ...data
}: FormProps) => (
  <form
    method="post"
    action={action}
    class={style}
    enctype={upload ? 'multipart/form-data' : undefined}
    data-confirm={confirm}
    novalidate
    {...data}
  >
    <input type="hidden" name="csrf" value={visit.csrf} />
    <input type="hidden" name="form" value={name} />
    <Summary refused={refusalOf(visit, name)} form={name} />
    {children}
  </form>
)

/** Takes the focus, so that everybody hears of the failure; each entry leads to its field. */
const Summary = ({ refused, form }: { refused: Refused | undefined; form: string }) => {
  if (!refused) return null
  return (
    <div class="note bad" role="alert" tabindex={-1} autofocus id={`${form}-summary`}>
      <p>{refused.message}</p>
      {Object.keys(refused.errors).length > 0 && (
        <ul>
          {Object.entries(refused.errors).map(([field, message]) => (
            <li>
              <a href={`#${form}-${field}`}>
                {LABELS[field] ?? capital(field)}: {message}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Fields whose label is not their name. */
const LABELS: Record<string, string> = {
  url: 'Address',
  apiKey: 'Key',
  email: 'E-mail',
  content: 'Text',
  pairs: 'Questions and answers',
  everyHours: 'Look again',
  maxPages: 'Pages at most',
  include: 'Only these paths',
  exclude: 'Not these paths',
  allowedOrigins: 'Web pages that may call the agent',
  refusalText: 'Said when it says so',
  askBackText: 'Said when it asks back',
  handOffText: 'Said when it hands off',
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

type FieldProps = {
  visit: Session
  form: string
  name: string
  label: string
  hint?: Child
  /** What stands there unless something was typed. */
  value?: string | undefined
  type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'file' | 'textarea'
  options?: readonly (readonly [value: string, text: string])[]
  rows?: number
  [attribute: string]: unknown
}

/** A labelled field that keeps what was typed and says at its own place what is wrong. */
export const Field = ({ visit, form, name, label, hint, value, type = 'text', options, rows, ...rest }: FieldProps) => {
  const refused = refusalOf(visit, form)
  const error = refused?.errors[name]
  const id = `${form}-${name}`
  const typed = refused && type !== 'password' && type !== 'file' ? refused.values.text(name) : value
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  const attributes = {
    id,
    name,
    'aria-describedby': described || undefined,
    'aria-invalid': error ? 'true' : undefined,
    ...rest,
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? (
        <p class="small muted" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {options ? (
        <select {...attributes}>
          {options.map(([option, text]) => (
            <option value={option} selected={option === typed}>
              {text}
            </option>
          ))}
        </select>
      ) : type === 'textarea' ? (
        // A line end right after the tag is dropped by browsers: the first one is ours.
        <textarea rows={rows ?? 3} {...attributes}>
          {`\n${typed ?? ''}`}
        </textarea>
      ) : (
        <input type={type} value={typed} {...attributes} />
      )}
      {error ? (
        <p class="wrong" id={`${id}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  )
}

/** What a form says without being asked. */
export const HiddenFields = ({ of }: { of: Record<string, string> }) => (
  <>
    {Object.entries(of).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
)

type ButtonProps = {
  visit: Session
  name: string
  action: string
  confirm?: string
  class?: string
  children?: Child
  fields?: Record<string, string>
}

/** One button that changes something: a form of its own, so that it works without script. */
export const ActionButton = ({
  visit,
  name,
  action,
  confirm,
  class: style = 'btn',
  children,
  fields = {},
}: ButtonProps) => (
  <Form visit={visit} name={name} action={action} class="" {...(confirm ? { confirm } : {})}>
    <HiddenFields of={fields} />
    <button class={style}>{children}</button>
  </Form>
)
