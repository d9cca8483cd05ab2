/** Makes a valid request for any operation of `src/contracts.ts`, so that tests can walk all of them, new ones too. */
import * as z from 'zod'
import { contracts } from '../../src/contracts.ts'
import type { Operation } from '../../src/http/contract.ts'

export type Ids = Record<string, string>
export type OperationRequest = { method: string; path: string; body: unknown }

/** A body of bytes is sent as this file. */
const FILE = 'A file of a test.'

/** Every operation that needs a key, reads first and deletions last, those of what lies deeper before. */
export function keyedOperations(): [id: string, operation: Operation][] {
  const order = ['get', 'post', 'put', 'patch', 'delete']
  const rank = ({ method, path }: Operation) => order.indexOf(method) * 1_000 - path.length
  return Object.entries<Operation>(contracts)
    .filter(([, operation]) => operation.scope !== null)
    .toSorted(([, a], [, b]) => rank(a) - rank(b))
}

/** Names of the ids that the operation takes in its path or anywhere in its body. */
export function idsOf(operation: Operation): string[] {
  const inPath = Array.from(operation.path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name)
  const schema = operation.body && operation.body !== 'bytes' ? jsonSchema(operation.body) : undefined
  const inBody = schema ? Array.from(JSON.stringify(schema).matchAll(/"(\w+Ids?)":/g), ([, name = '']) => name) : []
  return [...inPath.filter((name) => !valuesOf(operation, name)), ...inBody]
}

/** The request with these ids; throws for an id that `ids` does not name, so that no operation is passed over. */
export function requestOf(operation: Operation, ids: Ids): OperationRequest {
  const idOf = (name: string) => {
    const id = ids[name]
    if (!id) throw new Error(`${operation.path} takes ${name}: give the test one of each organization`)
    return id
  }
  const address = operation.path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => valuesOf(operation, name)?.[0] ?? idOf(name),
  )
  const path = address + requiredQuery(operation)
  const { body: schema } = operation
  if (schema === 'bytes') return { method: operation.method.toUpperCase(), path, body: FILE }
  if (!schema) return { method: operation.method.toUpperCase(), path, body: undefined }
  const body = sample(jsonSchema(schema), jsonSchema(schema), idOf)
  const { error } = schema.safeParse(body)
  if (error) throw new Error(`teach operations.ts to write a body for ${operation.path}: ${z.prettifyError(error)}`)
  return { method: operation.method.toUpperCase(), path, body }
}

function requiredQuery({ query }: Operation): string {
  if (!query) return ''
  const schema = jsonSchema(query)
  const values = sample(schema, schema, () => '') as Record<string, string>
  const text = new URLSearchParams(values).toString()
  return text && `?${text}`
}

/** The values of a path parameter that is no id but one of a few words. */
function valuesOf(operation: Operation, name: string): string[] | undefined {
  const schema: unknown = operation.params?.shape[name]
  return schema instanceof z.ZodEnum ? schema.options.map(String) : undefined
}

type Schema = {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  minimum?: number
  minLength?: number
  pattern?: string
  format?: string
  $ref?: string
  $defs?: Record<string, Schema>
}

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema

const TEXTS: Record<string, string> = {
  'date-time': '2030-01-01T00:00:00.000Z',
  uri: 'https://example.com/',
  '': 'Text-of-a-test',
}

/** The least that the schema asks for, and every id. */
function sample(schema: Schema, root: Schema, idOf: (name: string) => string): unknown {
  const inner = (part: Schema) => sample(part, root, idOf)
  if (schema.$ref) return inner(root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {})
  if (schema.enum) return schema.enum[0]
  if (schema.const !== undefined) return schema.const
  const choice = (schema.anyOf ?? schema.oneOf)?.[0]
  if (choice) return inner(choice)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => schema.required?.includes(name) || /Ids?$/.test(name))
          .map(([name, part]) => {
            if (name.endsWith('Id')) return [name, idOf(name)]
            if (name.endsWith('Ids')) return [name, [idOf(name.slice(0, -1))]]
            return [name, inner(part)]
          }),
      )
    case 'array':
      return Array(Math.max(1, schema.minItems ?? 1)).fill(inner(schema.items ?? {}))
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return false
    default:
      return TEXTS[schema.format ?? ''] ?? TEXTS['']
  }
}
