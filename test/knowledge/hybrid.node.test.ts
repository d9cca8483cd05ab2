/** Search by words and by meaning together, with the real embedder in front of a server whose vectors know synonyms. */
import { afterAll, expect, test } from 'vitest'
import { embedPending } from '../../src/knowledge/index/embed-pending.ts'
import { fuseHybrid } from '../../src/knowledge/index/fuse.ts'
import { LexicalSearch } from '../../src/knowledge/index/lexical.ts'
import { OpenAiEmbedder } from '../../src/models/openai-embedder.ts'
import { DIMENSIONS, embeddedKnowledge, NOW, SPACE } from '../support/embedded-knowledge.ts'
import { startFakeEmbeddings } from '../support/fake-embeddings.ts'

const fake = await startFakeEmbeddings()
afterAll(() => fake.close())
const embedder = new OpenAiEmbedder({
  baseUrl: fake.url,
  apiKey: 'sk-test',
  model: 'embed',
  dimensions: DIMENSIONS,
  fetch,
})

test('words find what meaning does not, meaning what words do not', async () => {
  const { storage, queue, vectors, documentOf } = embeddedKnowledge()
  queue.use(SPACE, vectors)
  const lexical = new LexicalSearch(storage.sql)
  const search = async (question: string) => {
    const [vector] = await embedder.embed([question])
    const dense = await vectors.query(vector ?? new Float32Array(), 20)
    const words = lexical.search([{ text: question, weight: 1 }]).ranked.map(({ chunk }) => chunk.id)
    const fused = fuseHybrid(
      dense.map(({ chunkId }) => chunkId),
      words,
    )
    return { words: words.map(documentOf), fused: fused.map(({ id }) => documentOf(id)) }
  }
  // While vectors are missing, words answer alone.
  expect((await search('parcel')).fused).toEqual(['postage'])
  await embedPending(queue, embedder, vectors, NOW)
  expect((await search('recompense')).words).toEqual([])
  for (const [question, document] of [
    ['recompense', 'refunds'],
    ['how do I get a reimbursement', 'refunds'],
    ['dispatch', 'postage'],
    ['I want to quit', 'leaving'],
    ['Saturdays', 'hours'],
  ] as const)
    expect((await search(question)).fused[0], question).toBe(document)
})
