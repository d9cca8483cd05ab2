import { BLOCKS, IMPLIED_ENDS } from './html-elements.ts'

export interface OpenElement {
  name: string
  /** Nothing inside is read. */
  dropped: boolean
  /** The main part of the page, by name or role. */
  main: boolean
}

const CELLS = ['td', 'th', 'caption']
const TABLE_PARTS = new Set(['table', 'thead', 'tbody', 'tfoot', 'tr', 'td', 'th', 'caption'])
/** How far up an implied end is looked for. */
const FAR = 64

/**
 * The open elements of a page. Tags that were left out are ended as browsers would, near enough; `closed` hears of
 * every element that ends, innermost first. Each operation takes constant time on average, however deep the page is.
 */
export class ElementStack {
  readonly #open: OpenElement[] = []
  readonly #places = new Map<string, number[]>()
  readonly #closed: (element: OpenElement) => void

  constructor(closed: (element: OpenElement) => void) {
    this.#closed = closed
  }

  get depth(): number {
    return this.#open.length
  }

  /** Whether an element of this name is open. */
  has(name: string): boolean {
    return this.#last(name) >= 0
  }

  push(element: OpenElement): void {
    const places = this.#places.get(element.name) ?? []
    places.push(this.#open.length)
    this.#places.set(element.name, places)
    this.#open.push(element)
  }

  /** Ends what an opening tag of this name ends without saying so. */
  imply(name: string): void {
    if (BLOCKS.has(name) && this.#open.at(-1)?.name === 'p') this.#pop()
    const rule = Object.hasOwn(IMPLIED_ENDS, name) ? IMPLIED_ENDS[name] : undefined
    if (rule === undefined) return
    for (let at = this.#open.length - 1; at >= Math.max(0, this.#open.length - FAR); at--) {
      const open = this.#open[at]?.name ?? ''
      if (rule.within.includes(open)) return
      if (rule.ends.includes(open)) return this.#cutTo(at)
    }
  }

  /** Ends the innermost element of this name and all inside; a closing tag in a cell cannot end what is around it. */
  close(name: string): void {
    const at = this.#last(name)
    if (at < 0) return
    if (!TABLE_PARTS.has(name) && CELLS.some((cell) => this.#last(cell) > at)) return
    this.#cutTo(at)
  }

  closeAll(): void {
    this.#cutTo(0)
  }

  #last(name: string): number {
    return this.#places.get(name)?.at(-1) ?? -1
  }

  #cutTo(length: number): void {
    while (this.#open.length > length) this.#pop()
  }

  #pop(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    this.#places.get(element.name)?.pop()
    this.#closed(element)
  }
}
