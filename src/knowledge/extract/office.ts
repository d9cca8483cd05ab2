import type { Attributes, Markup } from './markup.ts'
import type { Zip } from './unzip.ts'

/** A name without its prefix: producers choose their own (`w:p`, `ns0:p`, `p`). */
export function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** The value of an attribute, whatever its prefix. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  for (const [key, value] of attributes) if (local(key) === name) return value
  return undefined
}

/** Skips the element that was just opened, with all inside. */
export function skip(tokens: Iterator<Markup>, name: string): void {
  let depth = 1
  while (depth > 0) {
    const { value, done } = tokens.next()
    if (done === true) return
    if (value.kind === 'open' && value.name === name) depth++
    if (value.kind === 'close' && value.name === name) depth--
  }
}

/** A switch of OOXML (`<w:b/>`, `<w:b w:val="0"/>`). */
export function isOn(attributes: Attributes): boolean {
  return !['0', 'false', 'off'].includes(attribute(attributes, 'val') ?? '')
}

/** `dc:title` of the properties. */
export function coreTitle(zip: Zip): string | undefined {
  let title: string | undefined
  let isTitle = false
  for (const token of zip.xml('docProps/core.xml')) {
    if (token.kind === 'text') title = isTitle ? (title ?? '') + token.text : title
    else isTitle = token.kind === 'open' && local(token.name) === 'title'
  }
  return title?.trim() || undefined
}
