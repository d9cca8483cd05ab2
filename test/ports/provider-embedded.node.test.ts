import { expect, test } from 'vitest'
import { EmbeddedModel } from '../../src/models/embedded.ts'
import { listen, modelRequest, providerContract } from './provider.ts'

const texts = { greeting: 'Hello!' }

providerContract(
  () => new EmbeddedModel(texts),
  /^Refunds take 5 to 7 business days after we receive your return\. \[1\]/,
)

test('without evidence it refuses, to a greeting it greets, and both are whole answers', async () => {
  const model = new EmbeddedModel(texts)
  const request = modelRequest()
  const nothing = { passages: [], score: 0, terms: {} }
  expect(await listen(model.stream({ ...request, evidence: nothing }))).toMatchObject({
    text: request.fallback,
    finishes: ['stop'],
  })
  const hello = { texts: [{ text: 'Hello', weight: 1 }] }
  expect(await listen(model.stream({ ...request, question: hello, evidence: nothing }))).toMatchObject({
    text: texts.greeting,
    finishes: ['stop'],
  })
})
