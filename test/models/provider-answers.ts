/** What a chat must answer when its provider behaves as one of the modes of the fake: the judge of row R13. */
import { expect } from 'vitest'
import { answerText, CANARY, FAULT_MODES } from '../support/fake-openai.ts'
import type { TestWorker } from '../support/worker.ts'
import { type Answer, framesOf, type Json, type Workspace } from '../support/workspace.ts'

/** Its beginning and its end are what OpenAI repeats of a key that it refuses. */
export const PROVIDER_KEY = 'sk-proj-Secret0123456789Secret-Zq9X'
const KEY_FRAGMENTS = /sk-proj|Secret|Zq9X/

export type Fault = (typeof FAULT_MODES)[number]

/** Modes whose failure comes after the first tokens, which the customer has then: the message counts. */
const LATE = new Set<Fault['mode']>(['no-finish', 'stall', 'drop', 'error-chunk', 'slow'])

export const counts = ({ mode, code }: Fault) => code === 'ok' || LATE.has(mode)

function judgeTextBefore(mode: Fault['mode'], text: string): void {
  if (mode === 'slow') expect(answerText(3).startsWith(text) && text !== '', text).toBe(true)
  else expect(text).toBe(LATE.has(mode) ? answerText(3) : '')
}

const FINISH: Partial<Record<Fault['mode'], string>> = {
  length: 'length',
  huge: 'length',
  'content-filter': 'content-filter',
}

export function judge(fault: Fault, answer: Answer, stream: boolean): void {
  expect(answer.text).not.toContain(CANARY)
  expect(answer.text).not.toMatch(KEY_FRAGMENTS)
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
  if (stream) judgeStream(fault, answer)
  else if (fault.code === 'ok') judgeWhole(fault, answer)
  else judgeEnvelope(fault, answer)
}

function judgeEnvelope({ mode, code, status }: Fault, { body, headers, status: given, text }: Answer): void {
  expect(given, text).toBe(status)
  expect(Object.keys(body)).toEqual(['error'])
  expect(body.error).toEqual({
    type: 'provider_error',
    code,
    message: expect.any(String),
    param: null,
    correlationId: headers.get('x-request-id'),
    docUrl: expect.stringMatching(new RegExp(`/docs/errors#${code}$`)),
    retryable: code !== 'PROVIDER_KEY_INVALID',
  })
  // What the provider asked for, where it asked.
  expect(headers.get('retry-after')).toBe(mode === '429' || mode === '503' ? '1' : null)
}

function judgeWhole({ mode }: Fault, { body, status, text }: Answer): void {
  expect(status, text).toBe(200)
  expect(body.finishReason).toBe(FINISH[mode] ?? 'stop')
  judgeText(mode, body.content)
}

function judgeText(mode: Fault['mode'], text: string): void {
  if (mode === 'huge') expect(text).toMatch(/^0 x+1 x+2 x+/)
  else expect(text).toBe(answerText(mode === 'content-filter' ? 3 : 50))
  expect(text.length).toBeLessThan(128 * 1024)
}

function judgeStream({ mode, code }: Fault, { status, text, headers }: Answer): void {
  expect(status, text).toBe(200)
  const frames = framesOf(text)
  const content = textOf(frames)
  const [start] = frames
  const finish = frames.at(-1)
  expect(start).toMatchObject({ type: 'start', messageMetadata: { correlationId: headers.get('x-request-id') } })
  expect(finish.type).toBe('finish')
  expect(frames.filter(({ type }) => type === 'finish' || type === 'abort')).toHaveLength(1)
  if (code === 'ok') {
    expect(frames.some(({ type }) => type === 'error')).toBe(false)
    expect(finish.finishReason).toBe(FINISH[mode] ?? 'stop')
    judgeText(mode, content)
    return
  }
  judgeTextBefore(mode, content)
  expect(finish.finishReason).toBe('error')
  expect(frames.at(-2)).toEqual({
    type: 'error',
    errorText: expect.any(String),
    code,
    correlationId: headers.get('x-request-id'),
    retryable: code !== 'PROVIDER_KEY_INVALID',
  })
}

const textOf = (frames: Json[]): string =>
  frames
    .filter(({ type }) => type === 'text-delta')
    .map(({ delta }) => delta)
    .join('')

/** Nothing is held any more, and what `times` questions used is what the policy says. */
export async function judgeUsage(space: Workspace, fault: Fault, times: number): Promise<void> {
  const { body } = await space.asOrganization('GET', '/api/usage')
  const { messages, tokens } = body
  expect([messages.reserved, tokens.reserved], fault.mode).toEqual([0, 0])
  expect(messages.used, fault.mode).toBe(counts(fault) ? times : 0)
  expect(tokens.used > 0, fault.mode).toBe(counts(fault))
}

/** The transcript says the same, and its tokens are those that were charged. */
export async function judgeTranscript(worker: TestWorker, space: Workspace, fault: Fault, times: number) {
  const { results } = await worker.env.DB.prepare(
    `SELECT status, error_code AS code, content, input_tokens + output_tokens AS tokens FROM messages
     WHERE org_id = ? AND role = 'assistant'`,
  )
    .bind(space.orgId)
    .all<{ status: string; code: string | null; content: string; tokens: number }>()
  expect(results, fault.mode).toHaveLength(times)
  for (const { status, code, content } of results) {
    expect([status, code]).toEqual(fault.code === 'ok' ? ['completed', null] : ['failed', fault.code])
    if (fault.code === 'ok') judgeText(fault.mode, content)
    else judgeTextBefore(fault.mode, content)
  }
  const { body } = await space.asOrganization('GET', '/api/usage')
  expect(results.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(body.tokens.used)
}
