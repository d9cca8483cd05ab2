/** R14: plays schedules through the whole Worker, each as a stream and as one answer, and judges both. */
import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { startDirectWorker } from '../support/direct-worker.ts'
import { bodyOf, closeNow, listen } from '../support/local-http.ts'
import { type Answer, createWorkspace, framesOf, type Json, type Workspace } from '../support/workspace.ts'
import { type Code, FOX, type Schedule, scheduleOf, SENTENCES } from './schedules.ts'

/** A provider that plays the schedule whose number the question names. */
async function startScriptedProvider() {
  const server = createServer((req, res) => {
    void (async () => {
      const number = Number(/Question: Schedule (\d+)/.exec(await bodyOf(req))?.[1])
      const { status, contentType, pieces, end } = scheduleOf(number)
      res.writeHead(status, { 'content-type': contentType, ...(status === 302 && { location: 'http://127.0.0.1:9/' }) })
      for (const piece of pieces) {
        res.write(piece)
        if (pieces.length > 1) await setImmediate()
      }
      if (end === 'close') res.end()
      // With the last bytes flushed, so that only the end is missing.
      if (end === 'destroy') res.write('', () => res.destroy())
    })().catch(() => res.destroy())
  })
  server.keepAliveTimeout = 0
  const port = await listen(server)
  return { url: `http://127.0.0.1:${port}/v1`, close: () => closeNow(server) }
}

export async function startScripted() {
  const provider = await startScriptedProvider()
  const worker = await startDirectWorker({
    vars: { OPENAI_BASE_URL: provider.url, MODEL_TIMEOUTS_MS: '6000,4000,20000' },
    secrets: { OPENAI_API_KEY: 'sk-good-1234' },
  })
  const space = await createWorkspace(worker, { plan: 'business', limits: { messages: 1e6, tokens: 1e12 } })
  await space.addDocument('Rules of the schedule', SENTENCES.slice(0, 30).join(' '), { url: 'https://help.example/1' })
  await space.addDocument('More rules of the schedule', SENTENCES.slice(30).join(' '))
  return {
    space,
    close: async () => {
      await worker.close()
      await provider.close()
    },
  }
}

const STATUS: Record<Code, number> = {
  ok: 200,
  PROVIDER_ERROR: 502,
  PROVIDER_KEY_INVALID: 502,
  PROVIDER_OVERLOADED: 503,
  PROVIDER_TIMEOUT: 504,
}
const MAX_LINE = 16 * 1024

/** Plays the schedules from `first`; the answer is how many of them there were of each outcome. */
export async function playSchedules(space: Workspace, first: number, count: number, parallel: number) {
  const outcomes: Record<string, number> = {}
  let next = first
  const play = async () => {
    while (next < first + count) {
      const number = next++
      const { expected } = scheduleOf(number)
      try {
        await playOne(space, number)
      } catch (error) {
        throw new Error(`schedule ${number}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error })
      }
      outcomes[expected.code] = (outcomes[expected.code] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: parallel }, play))
  return outcomes
}

async function playOne(space: Workspace, number: number): Promise<void> {
  const { expected } = scheduleOf(number)
  const question = `Schedule ${number}`
  const isSse = number % 2 === 1
  const headers: Record<string, string> = isSse ? { accept: 'text/event-stream' } : {}
  const [streamed, whole] = await Promise.all([space.ask(question, { stream: true }, headers), space.ask(question)])
  judgeFrames(isSse ? sseFramesOf(streamed.text) : framesOf(streamed.text), expected)
  judgeLines(streamed)
  if (expected.code === 'ok') {
    expect(whole.status).toBe(200)
    expect([whole.body.finishReason, whole.body.content]).toEqual([expected.finish, expected.text])
  } else {
    expect([whole.status, whole.body.error.code]).toEqual([STATUS[expected.code], expected.code])
  }
}

function judgeLines({ status, text }: Answer): void {
  expect(status).toBe(200)
  for (const line of text.split('\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE)
}

const PROOF = ['data-citations', 'data-grounding']
const ORDER = ['start', 'source', 'text-start', 'text-delta', 'text-end', ...PROOF, 'error', 'finish']

function judgeFrames(frames: Json[], { code, text, finish }: Schedule['expected']): void {
  const types: string[] = frames
    .map(({ type }) => type)
    .filter((type) => type !== 'data-ping')
    .map((type) => type.replace(/^source-.*/, 'source'))
  // Each kind in its place, and where there can be only one, one.
  const places = types.map((type) => ORDER.indexOf(type))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  const once = types.filter((type) => type !== 'source' && type !== 'text-delta')
  const hasText = text === '' ? [] : ['text-start', 'text-end']
  expect(once).toEqual(['start', ...hasText, ...(code === 'ok' ? PROOF : ['error']), 'finish'])
  expect(frames.filter(({ type }) => type.startsWith('text-')).every(({ id }) => id === '0')).toBe(true)

  const deltas: string[] = frames.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta)
  expect(deltas).not.toContain('')
  if (!text.includes(FOX)) expect(deltas.every((delta) => delta.isWellFormed())).toBe(true)
  expect(deltas.join('')).toBe(text)
  expect(frames.at(-1).finishReason).toBe(finish)
  expect(frames.at(-1).messageMetadata.usage.totalTokens).toBeGreaterThanOrEqual(0)
  if (code !== 'ok') expect(frames.at(-2).code).toBe(code)
}

function sseFramesOf(text: string): Json[] {
  const events = text.split('\n\n')
  expect(events.splice(-2)).toEqual(['data: [DONE]', ''])
  return events.map((event) => {
    expect(event.startsWith('data: ')).toBe(true)
    return JSON.parse(event.slice(6))
  })
}
