import type * as z from 'zod'
import { validationProblem } from '../http/errors.ts'

/** What a form sent. Text comes without the line ends and outer white space that browsers and people add. */
export class Fields {
  private readonly data: FormData

  constructor(data: FormData = new FormData()) {
    this.data = data
  }

  text(name: string): string {
    const value = this.data.get(name)
    return typeof value === 'string' ? value.replaceAll('\r\n', '\n').trim() : ''
  }

  /** As it was typed: outer white space belongs to a password. */
  raw(name: string): string {
    const value = this.data.get(name)
    return typeof value === 'string' ? value : ''
  }

  /** Undefined for an empty field. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined
  }

  /** A field that is no number stays text: the schema then says so. */
  number(name: string): number | undefined {
    const value = this.optional(name)
    return value === undefined || Number.isNaN(Number(value)) ? (value as undefined) : Number(value)
  }

  /** The lines of a text area, without empty ones. */
  lines(name: string): string[] {
    return this.text(name)
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
  }

  all(name: string): string[] {
    return this.data.getAll(name).filter((value) => typeof value === 'string')
  }

  file(name: string): File | undefined {
    const value = this.data.get(name)
    return value instanceof File && (value.name !== '' || value.size > 0) ? value : undefined
  }

  has(name: string): boolean {
    return this.data.has(name)
  }
}

/** The input of an operation as its contract wants it. Throws VALIDATION_FAILED with each field at fault. */
export function check<S extends z.ZodType>(operation: { body: S }, input: unknown): z.output<S> {
  const parsed = operation.body.safeParse(input)
  if (!parsed.success) throw validationProblem(parsed.error, 'body')
  return parsed.data
}
