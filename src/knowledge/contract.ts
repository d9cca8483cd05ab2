import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, idParam, page, pageQuery, plainText, timestamp } from '../http/schemas.ts'

const MAX_CONTENT = 1_000_000

const format = z.enum(['text', 'markdown'])
const documentFields = {
  id: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  format,
  contentHash: z.string().meta({ description: 'SHA-256 of title and content' }),
  bytes: z.int(),
  chunks: z.int().meta({ description: 'Pieces in the search index' }),
  createdAt: timestamp,
  updatedAt: timestamp,
}
export const document = z.strictObject(documentFields).meta({ id: 'Document' })
export const documentWithContent = z
  .strictObject({ ...documentFields, content: z.string() })
  .meta({ id: 'DocumentWithContent' })

const searchTurn = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.string().max(32_000) })
export const searchQuery = z.strictObject({
  query: z.string().max(2_000).regex(/\S/, 'is empty'),
  limit: z.int().min(1).max(20).default(6).meta({ description: 'Results at most; a chat is given 6' }),
  history: z
    .array(searchTurn)
    .max(40)
    .default([])
    .meta({ description: 'Turns before the question, oldest first: they weigh in as they do in a chat' }),
})

const span = z.strictObject({ start: z.int(), end: z.int() })
const searchResult = z.strictObject({
  documentId: z.string(),
  title: z.string(),
  url: z.string().nullable(),
  headings: z.array(z.string()),
  text: z.string().meta({ description: "An exact piece of the document's content" }),
  start: z.int().meta({ description: 'Where it begins in the content (UTF-16 units)' }),
  end: z.int(),
  score: z.number().meta({ description: 'Share of the question that it covers, 0 to 1' }),
  matched: z.array(z.string()).meta({ description: 'Words of the text, the title and the headings that matched' }),
  highlights: z.array(span).meta({ description: 'Where those stand in `text` (UTF-16 units)' }),
  contentHash: z.string(),
})
export const searchAnswer = z
  .strictObject({
    results: z.array(searchResult).meta({ description: 'The best first' }),
    evidence: z.strictObject({
      score: z.number().meta({ description: 'How likely the results answer the question at all, 0 to 1' }),
      threshold: z.number().meta({
        description:
          'Below it the built-in model does as `noEvidence` of the agent says; a model that writes decides by itself',
      }),
      wouldAnswer: z.boolean().meta({ description: 'Whether the built-in model would answer from them' }),
    }),
    repaired: z.record(z.string(), z.string()).meta({ description: 'Misspelt words and what they were read as' }),
    epoch: z.int().meta({ description: 'State of the knowledge; grows with every change, so it can key a cache' }),
    tookMs: z.number(),
  })
  .meta({ id: 'KnowledgeSearch' })
export const knowledge = z
  .strictObject({
    documents: z.int(),
    chunks: z.int().meta({ description: 'Pieces in the search index' }),
    bytes: z.int().meta({ description: 'Of all contents in UTF-8' }),
    epoch: z.int().meta({ description: 'Grows with every change, so it can key a cache' }),
    embeddings: z.strictObject({
      state: z.enum(['off', 'indexing', 'ready', 'failing']).meta({
        description:
          '`ready`: chats search by meaning as well as by words. While `indexing` and `failing` words alone are searched, and the rest goes on in the background',
      }),
      model: z.string().nullable(),
      dimensions: z.int().nullable(),
      done: z.int().meta({ description: 'Chunks that have a vector' }),
      total: z.int(),
      lastError: z.string().nullable().meta({ description: 'A code of `/docs/errors`, until a request succeeds' }),
      tokens: z.int().meta({ description: 'Sent to the model in this calendar month, UTC' }),
    }),
  })
  .meta({ id: 'Knowledge' })

const documentParams = z.strictObject({ ...agentParams.shape, documentId: idParam('doc', 'doc_01k9x8') })

export const knowledgeContract = {
  getKnowledge: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge',
    tag: 'Knowledge',
    summary: "Read what an agent's knowledge holds and how far its vectors are",
    scope: 'knowledge:read',
    params: agentParams,
    status: 200,
    response: knowledge,
    errors: ['NOT_FOUND'],
  },
  addDocument: {
    method: 'post',
    path: '/api/agents/{agentId}/knowledge/documents',
    tag: 'Knowledge',
    summary: 'Add a text or Markdown document to the knowledge of an agent',
    description: 'The document is searchable when the answer arrives.',
    scope: 'knowledge:write',
    params: agentParams,
    body: z.strictObject({
      title: plainText(300).trim().min(1),
      content: z.string().min(1).max(MAX_CONTENT).regex(/\S/, 'is empty'),
      format: format.default('markdown'),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .optional()
        .meta({ description: 'Shown with citations' }),
    }),
    // A character is at most six bytes, as an escape.
    maxBodyBytes: 6 * MAX_CONTENT + 64 * 1024,
    status: 201,
    response: document,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND', 'PLAN_UPGRADE_REQUIRED'],
  },
  listDocuments: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge/documents',
    tag: 'Knowledge',
    summary: "List an agent's documents, newest first",
    scope: 'knowledge:read',
    params: agentParams,
    query: pageQuery,
    status: 200,
    response: page(document),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR', 'NOT_FOUND'],
  },
  getDocument: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge/documents/{documentId}',
    tag: 'Knowledge',
    summary: 'Read a document with its content',
    scope: 'knowledge:read',
    params: documentParams,
    status: 200,
    response: documentWithContent,
    errors: ['NOT_FOUND'],
  },
  deleteDocument: {
    method: 'delete',
    path: '/api/agents/{agentId}/knowledge/documents/{documentId}',
    tag: 'Knowledge',
    summary: 'Delete a document; the next answer does not know it any more',
    scope: 'knowledge:write',
    params: documentParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
  searchKnowledge: {
    method: 'post',
    path: '/api/agents/{agentId}/knowledge/search',
    tag: 'Knowledge',
    summary: 'See what a chat would be given for a question',
    description: 'Asks no model and counts as no message.',
    scope: 'knowledge:read',
    params: agentParams,
    body: searchQuery,
    // Two thousand letters and some turns before them; more of those weigh nothing.
    maxBodyBytes: 256 * 1024,
    status: 200,
    response: searchAnswer,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND'],
  },
} as const satisfies Contract
