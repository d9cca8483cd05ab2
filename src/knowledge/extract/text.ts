import { charsetOf, decodeText } from './charset.ts'
import type { Draft } from './extracted.ts'

const LONGEST_FRONT_MATTER = 20_000

/** @throws ExtractError `WRONG_CHARSET`. */
export function readText(bytes: Uint8Array, contentType?: string): Draft {
  return { format: 'text', content: decodeText(bytes, charsetOf(contentType)), notes: [] }
}

/**
 * Front matter (YAML between `---`, TOML between `+++`) gives the title and is left out; else the first heading does.
 * @throws ExtractError `WRONG_CHARSET`.
 */
export function readMarkdown(bytes: Uint8Array, contentType?: string): Draft {
  const text = decodeText(bytes, charsetOf(contentType))
  const front = /^\s*(---|\+\+\+)[ \t]*\r?\n(.*?)\r?\n\1[ \t]*(?:\r?\n|$)/s.exec(text.slice(0, LONGEST_FRONT_MATTER))
  const isFront = front !== null && /^[\w"'-]+\s*[:=]/m.test(front[2] ?? '')
  const content = isFront ? text.slice(front[0].length) : text
  const title = isFront ? frontTitle(front[2] ?? '') : undefined
  return { title: title ?? firstHeading(content), format: 'markdown', content, notes: [] }
}

function frontTitle(front: string): string | undefined {
  const value = /^["']?title["']?[ \t]*[:=][ \t]*(\S.*)$/im.exec(front)?.[1]?.slice(0, 1000).trim()
  if (value === undefined) return undefined
  const quoted = /^(["'])(.*)\1/.exec(value)
  return (quoted?.[2] ?? value.replace(/\s+#.*$/, '')) || undefined
}

function firstHeading(content: string): string | undefined {
  const head = content.slice(0, LONGEST_FRONT_MATTER)
  const marked = /^ {0,3}#[ \t]+(\S.*)$/m.exec(head)
  const underlined = /^(\S.*)\r?\n=+[ \t]*$/m.exec(head)
  const first = marked !== null && (underlined === null || marked.index < underlined.index) ? marked : underlined
  return first?.[1]?.replace(/[ \t]#+\s*$/, '')
}
