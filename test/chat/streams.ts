/** Clients that read a stream, and clients that leave in the middle of one. */
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { TestWorker } from '../support/worker.ts'
import { framesOf, type Json, type Workspace } from '../support/workspace.ts'

export type Usage = { messages: Meter; tokens: Meter }
type Meter = { used: number; reserved: number; limit: number }

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a client saw: a refusal, a whole stream, or the beginning of one that it left. */
export type Seen = { status: number; code: string | undefined; text: string; left: boolean }

type More = { headers?: Record<string, string>; signal?: AbortSignal }

export function openStream(worker: TestWorker, space: Workspace, question: string, more: More = {}) {
  return fetch(worker.baseUrl + space.chatPath, {
    method: 'POST',
    body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: question }] }),
    headers: { authorization: `Bearer ${space.apiKey}`, 'content-type': 'application/json', ...more.headers },
    ...(more.signal && { signal: more.signal }),
  })
}

/** Reads a stream to its end, or leaves as soon as it has so many characters of the answer. */
export async function readStream(worker: TestWorker, space: Workspace, leaveAfter = Infinity): Promise<Seen> {
  const client = new AbortController()
  const response = await openStream(worker, space, 'Why?', { signal: client.signal })
  if (response.status !== 200) {
    const { error } = (await response.json()) as Json
    return { status: response.status, code: error.code, text: '', left: false }
  }
  const decoder = new TextDecoder()
  let rest = ''
  let text = ''
  for await (const bytes of response.body ?? []) {
    rest += decoder.decode(bytes, { stream: true })
    const end = rest.lastIndexOf('\n') + 1
    text += textOf(rest.slice(0, end))
    rest = rest.slice(end)
    if (text.length >= leaveAfter) break
  }
  const left = text.length >= leaveAfter
  if (left) client.abort()
  return { status: 200, code: undefined, text, left }
}

/** The deltas of an NDJSON body put together. */
export function textOf(body: string): string {
  if (body === '') return ''
  const deltas = framesOf(body).filter(({ type }) => type === 'text-delta')
  return deltas.map(({ delta }) => delta).join('')
}

/** Asks for the usage again and again until it is stopped; `check` sees every sample. */
export function sampleUsage(space: Workspace, everyMs: number, check: (usage: Usage) => void) {
  const stopped = new AbortController()
  const samples = (async () => {
    let taken = 0
    while (!stopped.signal.aborted) {
      check(await usageOf(space))
      taken++
      await setTimeout(everyMs)
    }
    return taken
  })()
  return {
    stop: () => {
      stopped.abort()
      return samples
    },
  }
}

export async function usageOf(space: Workspace): Promise<Usage> {
  return (await space.asOrganization('GET', '/api/usage')).body
}

/** The usage once nothing is held any more; fails when that takes longer than `patience`. */
export async function settledUsage(space: Workspace, patience = 5_000): Promise<Usage> {
  await expect.poll(async () => (await usageOf(space)).messages.reserved, { timeout: patience, interval: 50 }).toBe(0)
  const usage = await usageOf(space)
  expect(usage.tokens.reserved).toBe(0)
  return usage
}

export type Stored = { status: string; content: string; tokens: number; firstTokenMs: number | null }

/** The answers of an organization as they are stored, oldest first. */
export async function storedAnswers(worker: TestWorker, orgId: string): Promise<Stored[]> {
  const { results } = await worker.env.DB.prepare(
    `SELECT status, content, input_tokens + output_tokens AS tokens, first_token_ms AS firstTokenMs
     FROM messages WHERE org_id = ? AND role = 'assistant' ORDER BY id`,
  )
    .bind(orgId)
    .all<Stored>()
  return results
}

/** What was charged, what is stored and what the agent's counter says are the same sums. */
export async function expectEqualSums(worker: TestWorker, space: Workspace, usage: Usage): Promise<Stored[]> {
  // The transcript is written beside the budget, not before it.
  await expect
    .poll(async () => (await storedAnswers(worker, space.orgId)).length, { timeout: 5_000 })
    .toBe(usage.messages.used)
  const stored = await storedAnswers(worker, space.orgId)
  expect(stored.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(usage.tokens.used)
  const { data } = (await space.asOrganization('GET', `/api/agents/${space.agentId}/usage`)).body
  const [{ messages, inputTokens, outputTokens }] = data
  expect([messages, inputTokens + outputTokens]).toEqual([usage.messages.used, usage.tokens.used])
  return stored
}
