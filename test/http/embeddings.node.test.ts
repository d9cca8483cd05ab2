/** Search by meaning, from the front door: set up, switched, failing and recovering, with a server that knows synonyms. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddingsRequest, startFakeEmbeddings } from '../support/fake-embeddings.ts'
import { startFakeOpenAI } from '../support/fake-openai.ts'
import { startWorker, type TestWorker } from '../support/worker.ts'
import { createWorkspace, type Json, type Workspace, type WorkspaceOptions } from '../support/workspace.ts'

/** Which workspaces have a broken provider, by a word that all their texts say, and in which way. */
const broken = new Map<string, string>()
const as = ({ input }: EmbeddingsRequest) =>
  [...broken].find(([word]) => input.some((text) => text.includes(word)))?.[1]

const openai = await startFakeOpenAI()
const fake = await startFakeEmbeddings({ as })
let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker({
    vars: {
      OPENAI_BASE_URL: openai.url,
      DEFAULT_MODEL: 'fake',
      EMBEDDING_MODEL: 'embed',
      EMBEDDING_DIMENSIONS: '128',
      EMBEDDING_BASE_URL: fake.url,
    },
    secrets: { OPENAI_API_KEY: 'sk-platform', EMBEDDING_API_KEY: 'sk-embedding' },
  })
})
afterAll(async () => {
  await worker.close()
  await Promise.all([openai.close(), fake.close()])
})

const ARTICLES: [title: string, content: string][] = [
  ['Money', 'We pay a refund within five days after the item came back to our warehouse.'],
  ['Transport', 'Every parcel leaves our warehouse by courier on the day of the order.'],
  ['Contracts', 'You can terminate the contract at the end of each month in the account settings.'],
  ['Hours', 'Our shops are open from nine to six, on Saturdays until four.'],
]

const knowledgeOf = async (space: Workspace): Promise<Json> => {
  const answer = await space.asOrganization('GET', `/api/agents/${space.agentId}/knowledge`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}

async function until(space: Workspace, state: string, done?: number): Promise<Json> {
  let knowledge: Json
  for (const end = Date.now() + 50_000; Date.now() < end; await sleep(100)) {
    knowledge = await knowledgeOf(space)
    if (knowledge.embeddings.state === state && (done ?? knowledge.embeddings.done) === knowledge.embeddings.done)
      return knowledge
  }
  throw new Error(`never ${state}: ${JSON.stringify(knowledge)}`)
}

async function createShop(options: WorkspaceOptions = {}, word = '') {
  const space = await createWorkspace(worker, options)
  const documents: Json[] = []
  for (const [title, content] of ARTICLES) documents.push(await space.addDocument(`${title} ${word}`, content))
  return { space, documents }
}

/** Titles of what the model was given, the best first. */
async function given(space: Workspace, question: string): Promise<string[]> {
  const answer = await space.ask(question)
  expect(answer.status, answer.text).toBe(200)
  const body: Json = openai.requests.findLast(({ body: sent }) => JSON.stringify(sent).includes(question))?.body
  const prompt: string = body.messages.at(-1).content
  return Array.from(prompt.matchAll(/^\[\d+\] (\w+)/gm), ([, title = '']) => title)
}

const sentWith = (word: string) => fake.requests.filter(({ input }) => input.some((text) => text.includes(word)))

test('documents become searchable by meaning, and no word needs to be shared', async () => {
  const { space } = await createShop()
  const { documents, chunks, epoch, embeddings } = await until(space, 'ready', 4)
  expect({ documents, chunks, epoch }).toEqual({ documents: 4, chunks: 4, epoch: 4 })
  expect(embeddings).toMatchObject({ model: 'embed', dimensions: 128, done: 4, total: 4, lastError: null })
  expect(embeddings.tokens).toBeGreaterThan(50)
  expect((await given(space, 'recompense'))[0]).toBe('Money')
  expect((await given(space, 'Who brings the shipment?'))[0]).toBe('Transport')
  expect((await given(space, 'open on Saturdays'))[0]).toBe('Hours')
  expect((await knowledgeOf(space)).embeddings.tokens).toBeGreaterThan(embeddings.tokens)
  // The server of the embeddings is not the provider: it gets its own key.
  expect(new Set(fake.keys)).toEqual(new Set(['Bearer sk-embedding']))
})

test('a question that goes on is searched with what it follows', async () => {
  const { space } = await createShop()
  await until(space, 'ready', 4)
  const messages = [
    { role: 'user', content: 'recompense' },
    { role: 'assistant', content: 'Which one?' },
    { role: 'user', content: 'and what then' },
  ]
  const answer = await space.ask('', { messages })
  expect(answer.status, answer.text).toBe(200)
  const body: Json = openai.requests.findLast(({ body: sent }) => JSON.stringify(sent).includes('and what then'))?.body
  expect(body.messages.at(-1).content).toContain('[1] Money')
})

test('switched off nothing is sent and words answer; switched on later it catches up; switched off it forgets', async () => {
  const { space } = await createShop({ agent: { behavior: { embeddings: 'off' } } }, 'Switched')
  const path = `/api/agents/${space.agentId}`
  expect(await given(space, 'the recompense')).not.toContain('Money')
  expect((await knowledgeOf(space)).embeddings).toMatchObject({ state: 'off', done: 0, total: 4, model: null })
  await sleep(1_000)
  expect(sentWith('Switched')).toEqual([])
  await space.asOrganization('PATCH', path, { behavior: { embeddings: 'auto' } })
  await until(space, 'ready', 4)
  expect((await given(space, 'our recompense'))[0]).toBe('Money')
  await space.asOrganization('PATCH', path, { behavior: { embeddings: 'off' } })
  expect(await given(space, 'your recompense')).not.toContain('Money')
  await until(space, 'off', 0)
})

test('an agent that has the built-in model by choice sends nothing to anybody', async () => {
  const { space } = await createShop({ agent: { behavior: { model: 'embedded' } } }, 'Builtin')
  expect((await space.ask('When are the shops open?')).body.content).toContain('nine to six')
  await sleep(1_000)
  expect((await knowledgeOf(space)).embeddings.state).toBe('off')
  expect(sentWith('Builtin')).toEqual([])
})

test('a document that changes or goes is found by its meaning no more', async () => {
  const { space, documents } = await createShop()
  await until(space, 'ready', 4)
  const path = `/api/agents/${space.agentId}/knowledge/documents`
  expect((await space.asOrganization('DELETE', `${path}/${documents[0].id}`)).status).toBe(204)
  expect(await given(space, 'recompense gone')).not.toContain('Money')
  const { chunks, epoch } = await until(space, 'ready', 3)
  expect({ chunks, epoch }).toEqual({ chunks: 3, epoch: 5 })
  await space.addDocument('Again', 'The reimbursed sum is paid back by card.')
  await until(space, 'ready', 4)
  expect((await given(space, 'refunded gone'))[0]).toBe('Again')
})

const WAYS = ['500', '429', '401', 'hang', 'reset', 'html', 'wrong-dimension', 'nan', 'wrong-count']

test('a provider that fails, however it fails, leaves words to answer, and the index recovers', async () => {
  const spaces = await Promise.all(
    WAYS.map(async (way) => {
      const word = `Zebra${way.replaceAll(/\W/g, '')}x`
      const { space } = await createShop({}, word)
      await until(space, 'ready', 4)
      return { way, word, space }
    }),
  )
  for (const { word, way } of spaces) broken.set(word, way)
  await Promise.all(
    spaces.map(async ({ way, word, space }) => {
      for (let round = 0; round < 3; round++) {
        const titles = await given(space, `When are the shops open on Saturdays, ${word} ${round}?`)
        expect(titles[0], way).toBe('Hours')
      }
      await space.addDocument(`Colours ${word}`, 'The defective lamp shines green.')
      const { embeddings } = await until(space, 'failing')
      expect(embeddings.lastError, way).toMatch(/^(?:PROVIDER_|UNAVAILABLE)/)
      expect((await given(space, `shines green ${word}?`))[0]).toBe('Colours')
    }),
  )
  broken.clear()
  await Promise.all(
    spaces.map(async ({ way, word, space }) => {
      // A refused key is not tried again for ten minutes, unless somebody changes something.
      const path = `/api/agents/${space.agentId}`
      for (const embeddings of way === '401' ? ['off', 'auto'] : [])
        await space.asOrganization('PATCH', path, { behavior: { embeddings } })
      for (;;) {
        const titles = await given(space, `${word} broke`)
        if (titles[0] === 'Colours' && (await knowledgeOf(space)).embeddings.state === 'ready') break
        await sleep(500)
      }
      expect((await knowledgeOf(space)).embeddings, way).toMatchObject({ done: 5, total: 5, lastError: null })
    }),
  )
}, 90_000)

test('an organization with its own key is embedded with that key only, at its provider, and not at all without', async () => {
  const own = await startWorker({
    vars: { OPENAI_BASE_URL: fake.url, DEFAULT_MODEL: 'fake', EMBEDDING_MODEL: 'embed', EMBEDDING_DIMENSIONS: '64' },
    secrets: { OPENAI_API_KEY: 'sk-platform' },
  })
  try {
    const space = await createWorkspace(own, { inference: 'byok' })
    await space.addDocument('Byok', 'We pay a refund within five days.')
    await until(space, 'failing')
    expect((await knowledgeOf(space)).embeddings).toMatchObject({
      done: 0,
      total: 1,
      lastError: 'PROVIDER_KEY_MISSING',
    })
    await sleep(500)
    expect(sentWith('Byok')).toEqual([])
    await space.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: 'sk-of-the-organization' })
    await until(space, 'ready', 1)
    const first = fake.requests.findIndex(({ input }) => input.some((text) => text.includes('Byok')))
    expect(fake.keys[first]).toBe('Bearer sk-of-the-organization')
    await space.asOrganization('DELETE', '/api/provider-keys/openai')
    await space.addDocument('Byok later', 'Parcels go by courier.')
    await sleep(1_000)
    expect(sentWith('Byok later')).toEqual([])
    // What was made with the key stays: it is right as long as the model is.
    expect((await knowledgeOf(space)).embeddings).toMatchObject({ state: 'failing', done: 1, total: 2 })

    const hosted = await createWorkspace(own)
    await hosted.addDocument('Hosted', 'We pay a refund within five days.')
    await until(hosted, 'ready', 1)
    expect(fake.keys.at(-1)).toBe('Bearer sk-platform')
  } finally {
    await own.close()
  }

  // Where the embeddings have a server of their own, its key would be the platform's, and the provider's is not for it.
  const { space } = await createShop({ inference: 'byok' }, 'Elsewhere')
  await space.asOrganization('PUT', '/api/provider-keys/openai', { apiKey: 'sk-of-the-organization' })
  await sleep(1_000)
  expect((await knowledgeOf(space)).embeddings.state).toBe('off')
  expect(sentWith('Elsewhere')).toEqual([])
}, 60_000)
