// Small things of a line: states, times, ids, numbers.
import type { Child } from 'hono/jsx'

type Kind = 'ok' | 'warn' | 'err' | 'info' | 'off'

/** A state is a dot and a word, never a colour alone. */
export const Status = ({ kind, children }: { kind: Kind; children?: Child }) => (
  <span class={kind === 'off' ? 'pill' : `pill ${kind}`}>{children}</span>
)

const UNITS: [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
]

/** How long ago (or how far ahead) in one unit; from a month on, the day itself. */
export function relative(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  const distance = Math.abs(seconds)
  if (distance > 30 * 86_400) return day(at)
  if (distance < 60) return seconds < 0 ? 'in a moment' : 'just now'
  for (const [name, length] of UNITS) {
    if (distance < length) continue
    // What lies ahead is never told as nearer than it is.
    return seconds < 0 ? `in ${Math.ceil(distance / length)} ${name}` : `${Math.floor(distance / length)} ${name} ago`
  }
  return ''
}

export function day(at: number): string {
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
}

/** A moment as people say it, with the exact one behind it. The script keeps it fresh. */
export const Ago = ({ at, none = 'never' }: { at: string | number | null | undefined; none?: string }) => {
  if (at === null || at === undefined) return <span class="muted">{none}</span>
  const time = new Date(at)
  const exact = `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return (
    <time datetime={time.toISOString()} title={exact} data-ago class="nowrap">
      {relative(time.getTime(), Date.now())}
    </time>
  )
}

/** An id in full, copied by a click where there is script. */
export const Id = ({ children }: { children: string }) => (
  <span class="id" data-id={children} title={children}>
    {children}
  </span>
)

/** An id where there is room for its end only: that is what differs. */
export const ShortId = ({ children }: { children: string }) => {
  const [prefix, rest = ''] = children.split('_')
  return (
    <span class="id nowrap" data-id={children} title={children}>
      {rest.length > 10 ? `${prefix}_…${rest.slice(-6)}` : children}
    </span>
  )
}

export const count = (value: number) => value.toLocaleString('en')
export const plural = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`

const BYTES: [unit: string, size: number][] = [
  ['MB', 1024 ** 2],
  ['KB', 1024],
]
export function bytes(value: number): string {
  for (const [unit, size] of BYTES)
    if (value >= size) return `${(value / size).toFixed(value < 10 * size ? 1 : 0)} ${unit}`
  return `${value} B`
}
