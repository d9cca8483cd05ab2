/** What every refusal must look like, whatever refused it: contracts.md section 2, checked against openapi.json itself. */
import Ajv2020 from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { ProblemCode } from '../../src/lib/problem.ts'
import { type Answer, call, type Json } from './workspace.ts'
import type { TestWorker } from './worker.ts'

/** Checks one answer and gives its error object. */
export type ExpectRefusal = (answer: Answer, status: number, code: ProblemCode) => Json

/** Reads the running Worker's own openapi.json and error page, so that those are tested by every refusal as well. */
export async function refusalsOf(worker: Pick<TestWorker, 'baseUrl'>): Promise<ExpectRefusal> {
  const { body: openapi } = await call(worker, 'GET', '/openapi.json')
  const { text: page } = await call(worker, 'GET', '/docs/errors')
  const anchors = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), (match) => match[1]))
  const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(openapi, 'openapi')
  const isError = ajv.getSchema('openapi#/components/schemas/Error')
  if (!isError) throw new Error('openapi.json has no schema Error')

  return (answer, status, code) => {
    expect(`${answer.status} ${answer.body?.error?.code}`, answer.text).toBe(`${status} ${code}`)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(isError(answer.body) ? [] : isError.errors, answer.text).toEqual([])
    const { error } = answer.body
    expect(error.correlationId).toMatch(/^req_[0-9a-z]{26}$/)
    expect(answer.headers.get('x-request-id')).toBe(error.correlationId)
    const [url, anchor] = error.docUrl.split('#')
    expect(url).toBe(`${worker.baseUrl}/docs/errors`)
    expect(anchor).toBe(code)
    expect(anchors).toContain(anchor)
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    if (status === 402) expect(answer.headers.get('retry-after')).toBeNull()
    if (status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    return error
  }
}
