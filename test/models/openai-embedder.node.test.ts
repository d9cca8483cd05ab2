import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { OpenAiEmbedder } from '../../src/models/openai-embedder.ts'
import { Problem } from '../../src/lib/problem.ts'
import { BAD_ANSWERS, embedText, startFakeEmbeddings } from '../support/fake-embeddings.ts'
import { CANARY } from '../support/fake-openai.ts'
import { dot } from '../support/random-vectors.ts'

const DIMENSIONS = 48
const fake = await startFakeEmbeddings()
afterAll(() => fake.close())
afterEach(() => void fake.requests.splice(0))

const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const open = (model = 'embed', more: { timeouts?: { query: number; batch: number }; baseUrl?: string } = {}) =>
  new OpenAiEmbedder({ baseUrl: fake.url, apiKey: 'sk-test-1234', model, dimensions: DIMENSIONS, fetch, ...more })
const TEXTS = ['How do refunds work?', 'Reimbursement', 'We ship on Mondays.']

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw new Error(`not a Problem: ${String(error)}`)
  expect(JSON.stringify([error.message, error.options, error.cause ?? null])).not.toContain(CANARY)
  return error
}

describe('a server that answers', () => {
  test.each(['embed', 'float-only', 'no-base64', 'shuffled', 'no-index', 'long'])(
    '%s: one unit vector a text, in order',
    async (model) => {
      const embedder = open(model)
      const vectors = await embedder.embed(TEXTS)
      expect(vectors).toHaveLength(TEXTS.length)
      for (const [at, vector] of vectors.entries()) {
        expect(dot(vector, vector)).toBeCloseTo(1, 5)
        expect(dot(vector, embedText(TEXTS[at] ?? '', DIMENSIONS))).toBeCloseTo(1, 5)
      }
      expect(fake.requests[0]).toMatchObject({ model, dimensions: DIMENSIONS, input: TEXTS })
    },
  )

  test('base64 is asked for until the server has refused it once', async () => {
    const embedder = open('no-base64')
    for (let round = 0; round < 3; round++) await embedder.embed(TEXTS)
    expect(fake.requests.map((request) => request.encoding_format)).toEqual(['base64', 'float', 'float', 'float'])
  })

  test('nothing is asked for nothing', async () => {
    expect(await open().embed([])).toEqual([])
    expect(fake.requests).toEqual([])
  })

  test('many and long texts go in several requests and come back in order', async () => {
    const texts = Array.from({ length: 600 }, (_, at) => `text ${at} ${at % 50 === 0 ? 'word '.repeat(2_000) : ''}`)
    const vectors = await open().embed(texts)
    expect(fake.requests.map(({ input }) => input.length)).toEqual([256, 256, 88])
    const long = Array.from({ length: 90 }, () => 'x'.repeat(5_000))
    await open().embed(long)
    for (const { input } of fake.requests) {
      expect(input.length).toBeLessThanOrEqual(256)
      expect(input.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(200_000)
    }
    expect(dot(vectors[599] ?? new Float32Array(), embedText('text 599', DIMENSIONS))).toBeCloseTo(1, 5)
  })

  test('a text too long for the model is cut, and never inside a character', async () => {
    await open().embed([`x${'😀'.repeat(20_000)}`])
    const input = fake.requests[0]?.input[0] ?? ''
    expect(input.length).toBeLessThanOrEqual(6_000)
    expect(input.isWellFormed()).toBe(true)
  })
})

describe('a server that fails: a Problem without its words, in time', () => {
  const timeouts = { query: 250, batch: 400 }

  test.each([
    ['400', 'PROVIDER_ERROR'],
    ['401', 'PROVIDER_KEY_INVALID'],
    ['429', 'PROVIDER_OVERLOADED'],
    ['500', 'PROVIDER_ERROR'],
    ['503', 'PROVIDER_OVERLOADED'],
    ['redirect', 'PROVIDER_ERROR'],
    ['hang', 'PROVIDER_TIMEOUT'],
    ['stall', 'PROVIDER_TIMEOUT'],
    ['reset', 'PROVIDER_ERROR'],
    ['cut', 'PROVIDER_ERROR'],
    ['endless', 'PROVIDER_ERROR'],
    ['html', 'PROVIDER_ERROR'],
    ...BAD_ANSWERS.map((model) => [model, 'PROVIDER_ERROR'] as const),
  ] as const)('%s: %s', async (model, code) => {
    const start = performance.now()
    const embedder = open(model, { timeouts })
    expect((await problemOf(embedder.embed(TEXTS))).code).toBe(code)
    expect((await problemOf(embedder.embed(['one']))).code).toBe(code)
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('says when to come again', async () => {
    expect((await problemOf(open('429').embed(TEXTS))).options.retryAfter).toBe(7)
  })

  test('one text has less time than a batch', async () => {
    const embedder = open('hang', { timeouts: { query: 60, batch: 600 } })
    const start = performance.now()
    await problemOf(embedder.embed(['one']))
    const one = performance.now() - start
    await problemOf(embedder.embed(TEXTS))
    expect(one).toBeLessThan(500)
    expect(performance.now() - start - one).toBeGreaterThan(500)
  })

  test('a caller that leaves ends it at once', async () => {
    for (const model of ['hang', 'stall']) {
      const start = performance.now()
      await problemOf(open(model).embed(TEXTS, AbortSignal.timeout(80)))
      expect(performance.now() - start).toBeLessThan(1_000)
    }
  })

  test('nobody there', async () => {
    expect((await problemOf(open('embed', { baseUrl: 'http://127.0.0.1:1/v1' }).embed(TEXTS))).code).toBe(
      'PROVIDER_ERROR',
    )
  })
})
