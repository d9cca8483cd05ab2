import * as z from 'zod'
import type { Contract } from '../http/contract.ts'
import { agentParams, idParam, name, page, pageQuery, timestamp } from '../http/schemas.ts'

export const MAX_FILE_BYTES = 25 * 1024 * 1024

const pattern = z.string().min(1).max(200)
const siteSettings = {
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .meta({ description: 'Where the crawl starts; its host is the site' }),
  include: z.array(pattern).max(50).optional().meta({ description: 'Path patterns such as `/docs/*`' }),
  exclude: z.array(pattern).max(50).optional(),
  maxPages: z.int().min(1).max(2_000).optional().meta({ description: 'Default 500' }),
  maxDepth: z
    .int()
    .min(0)
    .max(10)
    .optional()
    .meta({ description: 'Links from the start; 0 is that page alone. Default 5' }),
  everyHours: z.int().min(1).max(2_160).optional().meta({ description: 'Syncs again by itself' }),
}

const count = z.int()
export const source = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['site', 'file']),
    name: z.string(),
    url: z.string().nullable(),
    state: z.enum(['running', 'finished', 'failed', 'cancelled', 'erasing']),
    pages: z.strictObject({ pending: count, done: count, failed: count, skipped: count }),
    changes: z
      .strictObject({ added: count, updated: count, unchanged: count, removed: count })
      .meta({ description: 'What the last run changed in the knowledge' }),
    limit: z
      .enum(['pages', 'time', 'bytes', 'documents'])
      .nullable()
      .meta({ description: 'The limit that ended the run' }),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    nextSyncAt: timestamp.nullable(),
  })
  .meta({ id: 'Source' })

export const sourcePage = z
  .strictObject({
    url: z.string(),
    state: z.enum(['pending', 'done', 'failed', 'skipped']),
    title: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'Why it failed or was skipped, in words for people' }),
    documentId: z.string().nullable(),
    attempts: count,
    fetchedAt: timestamp.nullable(),
  })
  .meta({ id: 'SourcePage' })

const sourceParams = z.strictObject({ ...agentParams.shape, sourceId: idParam('src', 'src_01k9x8') })

export const sourceContract = {
  addSite: {
    method: 'post',
    path: '/api/agents/{agentId}/knowledge/sources',
    tag: 'Knowledge',
    summary: 'Add a web site or a single page as a source',
    description:
      'Crawled in the background by its sitemap and its links, politely and as robots.txt says. `maxDepth: 0` takes one page.',
    scope: 'knowledge:write',
    params: agentParams,
    body: z.strictObject({ name: name.optional(), ...siteSettings }),
    status: 201,
    response: source,
    errors: ['VALIDATION_FAILED', 'INVALID_JSON', 'NOT_FOUND'],
  },
  addFile: {
    method: 'post',
    path: '/api/agents/{agentId}/knowledge/files',
    tag: 'Knowledge',
    summary: 'Add a file as a source: HTML, PDF, DOCX, XLSX, CSV, text or Markdown, at most 25 MB',
    description: 'The body is the file itself. It is read in the background; a file that cannot be read says why.',
    scope: 'knowledge:write',
    params: agentParams,
    query: z.strictObject({
      name: name.meta({ description: 'File name with its ending', example: 'handbook.pdf' }),
      url: siteSettings.url.optional().meta({ description: 'Shown with citations' }),
    }),
    body: 'bytes',
    maxBodyBytes: MAX_FILE_BYTES,
    status: 201,
    response: source,
    errors: ['VALIDATION_FAILED', 'NOT_FOUND'],
  },
  listSources: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge/sources',
    tag: 'Knowledge',
    summary: "List an agent's sources with how their sync stands, newest first",
    scope: 'knowledge:read',
    params: agentParams,
    query: pageQuery,
    status: 200,
    response: page(source),
    errors: ['VALIDATION_FAILED', 'INVALID_CURSOR', 'NOT_FOUND'],
  },
  getSource: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge/sources/{sourceId}',
    tag: 'Knowledge',
    summary: 'Read a source with how its sync stands',
    scope: 'knowledge:read',
    params: sourceParams,
    status: 200,
    response: source,
    errors: ['NOT_FOUND'],
  },
  listSourcePages: {
    method: 'get',
    path: '/api/agents/{agentId}/knowledge/sources/{sourceId}/pages',
    tag: 'Knowledge',
    summary: 'The pages of a source in the order they were found, each with its state and reason',
    scope: 'knowledge:read',
    params: sourceParams,
    query: z.strictObject({
      state: z.enum(['pending', 'done', 'failed', 'skipped']).optional(),
      limit: z.coerce.number().int().min(1).max(100).default(20),
      after: z.coerce.number().int().min(0).optional().meta({ description: '`next` of the page before' }),
    }),
    status: 200,
    response: z.strictObject({ data: z.array(sourcePage), next: z.int().nullable() }).meta({ id: 'SourcePages' }),
    errors: ['VALIDATION_FAILED', 'NOT_FOUND'],
  },
  syncSource: {
    method: 'post',
    path: '/api/agents/{agentId}/knowledge/sources/{sourceId}/sync',
    tag: 'Knowledge',
    summary: 'Look at a site again; only what has changed is indexed again',
    scope: 'knowledge:write',
    params: sourceParams,
    status: 200,
    response: source,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  deleteSource: {
    method: 'delete',
    path: '/api/agents/{agentId}/knowledge/sources/{sourceId}',
    tag: 'Knowledge',
    summary: 'Delete a source and all its documents',
    scope: 'knowledge:write',
    params: sourceParams,
    status: 204,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Contract
