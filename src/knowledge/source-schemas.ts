import * as z from 'zod'
import { name, plainText, timestamp } from '../http/schemas.ts'

const MAX_PAIRS = 500

export const url = z.url({ protocol: /^https?$/ }).max(2_000)
const pattern = z.string().min(1).max(200)
const everyHours = z.int().min(1).max(2_160).meta({ description: 'Looks again by itself; up to 90 days' })

const siteFields = {
  include: z.array(pattern).max(50).optional().meta({ description: 'Path patterns such as `/docs/*`' }),
  exclude: z.array(pattern).max(50).optional(),
  maxPages: z.int().min(1).max(2_000).optional().meta({ description: 'Documents at most; default 500' }),
  maxDepth: z.int().min(0).max(10).optional().meta({ description: 'Links from the start; default 5' }),
  everyHours: everyHours.optional(),
}
export const pair = z.strictObject({
  question: plainText(300).trim().min(1),
  answer: plainText(20_000).trim().min(1).meta({ description: 'Markdown' }),
  url: url.optional().meta({ description: 'Shown with citations' }),
})
export const pairs = z
  .array(pair)
  .min(1)
  .max(MAX_PAIRS)
  .refine((all) => new Set(all.map(({ question }) => question)).size === all.length, {
    error: 'each question may be there once',
  })

export const newSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('site'),
    name: name.optional(),
    url: url.meta({ description: 'Where the crawl starts; its host is the site' }),
    ...siteFields,
  }),
  z.strictObject({ kind: z.literal('page'), name: name.optional(), url, everyHours: everyHours.optional() }),
  z.strictObject({ kind: z.literal('pairs'), name, pairs }),
])
export type NewSource = z.output<typeof newSource>

export const sourceChange = z.strictObject({
  name: name.optional(),
  ...siteFields,
  everyHours: everyHours.nullable().optional().meta({ description: 'null: only by hand' }),
})
export type SourceChange = z.output<typeof sourceChange>

const count = z.int()
export const source = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['site', 'page', 'file', 'pairs']),
    name: z.string(),
    url: z.string().nullable(),
    state: z.enum(['running', 'finished', 'failed', 'cancelled', 'erasing', 'new']),
    progress: z
      .strictObject({ done: count, total: count })
      .meta({ description: 'Pages looked at in this run, of those known so far' }),
    documents: count.meta({ description: 'In the knowledge now' }),
    chunks: count,
    pages: z.strictObject({ pending: count, done: count, failed: count, skipped: count }),
    changes: z
      .strictObject({ added: count, updated: count, unchanged: count, removed: count })
      .meta({ description: 'What the last run changed in the knowledge' }),
    limit: z
      .enum(['pages', 'time', 'bytes', 'documents'])
      .nullable()
      .meta({ description: 'The limit that ended the run' }),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    settings: z
      .strictObject({
        include: z.array(z.string()),
        exclude: z.array(z.string()),
        maxPages: count,
        maxDepth: count,
        everyHours: count.nullable(),
      })
      .nullable()
      .meta({ description: 'Of a site or page' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    lastSyncedAt: timestamp.nullable().meta({ description: 'End of the last run that was finished' }),
    nextSyncAt: timestamp.nullable(),
  })
  .meta({ id: 'Source' })

export const sourcePage = z
  .strictObject({
    url: z.string().nullable().meta({ description: 'Of a page; null for a file or a pair' }),
    state: z.enum(['pending', 'done', 'failed', 'skipped']),
    title: z.string().nullable(),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it failed or was skipped, as a code', example: 'not-found' }),
    message: z.string().nullable().meta({ description: 'The reason in words for people' }),
    documentId: z.string().nullable(),
    chunks: count,
    attempts: count,
    fetchedAt: timestamp.nullable(),
  })
  .meta({ id: 'SourcePage' })
