import type { Attributes } from './markup.ts'
import { attribute, local } from './office.ts'
import type { Zip } from './unzip.ts'

export interface Style {
  /** Of a heading, 1 to 9; a title is 1. */
  level?: number
  isTitle?: boolean
  /** The list numbering its paragraphs get without saying so. */
  numId?: string
  /** A line of a table of contents. */
  isContents?: boolean
}

/** Styles, and numberings; more are read over. */
const MAX_STYLES = 10_000

type Read = Style & { basedOn?: string }

/** Styles by id; what a style does not say it takes from the one it is based on. */
export function readStyles(zip: Zip, path: string): ReadonlyMap<string, Style> {
  const read = new Map<string, Read>()
  let style: Read | undefined
  for (const token of zip.xml(path)) {
    if (token.kind === 'text') continue
    const name = local(token.name)
    if (token.kind === 'close') {
      if (name === 'style') style = undefined
      continue
    }
    if (name === 'style') {
      style = {}
      const id = attribute(token.attributes, 'styleId')
      if (id !== undefined && read.size < MAX_STYLES && isParagraphStyle(token.attributes)) read.set(id, style)
      continue
    }
    if (style === undefined) continue
    const value = attribute(token.attributes, 'val') ?? ''
    if (name === 'name') nameStyle(style, value)
    else if (name === 'basedOn') style.basedOn = value
    else if (name === 'numId') style.numId = value
    else if (name === 'outlineLvl' && /^[0-8]$/.test(value)) style.level ??= Number(value) + 1
  }
  const resolved = new Map<string, Style>()
  for (const id of read.keys()) resolved.set(id, resolve(read, id))
  return resolved
}

function isParagraphStyle(attributes: Attributes): boolean {
  return attribute(attributes, 'type') === 'paragraph'
}

/** Built-in names are English in every language of Word; only the ids are translated. */
function nameStyle(style: Read, name: string): void {
  const level = /^heading ([1-9])$/i.exec(name)?.[1]
  if (level !== undefined) style.level = Number(level)
  if (/^title$/i.test(name)) Object.assign(style, { level: 1, isTitle: true })
  if (/^toc \d$/i.test(name)) style.isContents = true
}

/** Longest chain of styles that is followed; also ends circles. */
const LONGEST_CHAIN = 20

function resolve(read: ReadonlyMap<string, Read>, id: string): Style {
  let style: Style = {}
  let next: string | undefined = id
  for (let steps = 0; next !== undefined && steps < LONGEST_CHAIN; steps++) {
    const found: Read | undefined = read.get(next)
    if (found === undefined) break
    style = { ...found, ...style }
    next = found.basedOn
  }
  return style
}

/** Whether a level of a list has numbers; asked for as `numId/level`. */
export function readNumbering(zip: Zip, path: string): ReadonlySet<string> {
  const numbered = new Map<string, Set<string>>()
  const found = new Set<string>()
  let abstractId: string | undefined
  let numId: string | undefined
  let level = ''
  for (const token of zip.xml(path)) {
    if (token.kind !== 'open') continue
    const name = local(token.name)
    const value = attribute(token.attributes, 'val') ?? ''
    if (name === 'abstractNum') abstractId = attribute(token.attributes, 'abstractNumId')
    else if (name === 'num') numId = attribute(token.attributes, 'numId')
    else if (name === 'lvl') level = attribute(token.attributes, 'ilvl') ?? '0'
    else if (name === 'numFmt' && abstractId !== undefined && numId === undefined) {
      const levels = numbered.get(abstractId) ?? new Set()
      if (value !== 'bullet' && value !== 'none' && /^[0-8]$/.test(level)) levels.add(level)
      if (numbered.size < MAX_STYLES) numbered.set(abstractId, levels)
    } else if (name === 'abstractNumId' && numId !== undefined) {
      for (const each of numbered.get(value) ?? []) if (found.size < 9 * MAX_STYLES) found.add(`${numId}/${each}`)
    }
  }
  return found
}
