import type * as z from 'zod'
import { getAgent } from '../agents/agents.ts'
import type { Tenant } from '../context.ts'
import { type Span, spansOf } from '../lib/spans.ts'
import type { Passage } from '../models/evidence.ts'
import { ABSTAIN_BELOW, extractAnswer } from '../models/extract.ts'
import type { searchQuery } from './contract.ts'
import { queryTexts, retrieve } from './retrieve.ts'

/** Of one result, as far as it counts against the whole; a chunk has about 100 words. */
const RESULT_CHARACTERS = 2_000

/** What a chat would be given for this question, with what made it be found. Costs no message. */
export async function searchKnowledge(tenant: Tenant, agentId: string, search: z.output<typeof searchQuery>) {
  const { query, limit, history } = search
  const texts = queryTexts([...history, { role: 'user', content: query.toWellFormed() }])
  const startedAt = tenant.now()
  const agent = await getAgent(tenant, agentId)
  const found = await retrieve(tenant, agent, texts, { limit, maxChars: limit * RESULT_CHARACTERS })
  const { sentences } = extractAnswer({ texts }, found)
  return {
    results: found.passages.map(toResult),
    evidence: { score: rounded(found.score), threshold: ABSTAIN_BELOW, wouldAnswer: sentences.length > 0 },
    repaired: found.repaired ?? {},
    epoch: found.epoch,
    tookMs: tenant.now() - startedAt,
  }
}

function toResult(passage: Passage) {
  const { documentId, title, headings, text, start, contentHash } = passage
  const terms = new Set(passage.matched)
  const highlights = spansOf(text, terms)
  const matched = [title, ...headings].flatMap((line) => written(line, spansOf(line, terms)))
  return {
    documentId,
    title,
    url: passage.url ?? null,
    headings,
    text,
    start,
    end: start + text.length,
    score: rounded(passage.score),
    matched: [...new Set([...written(text, highlights), ...matched])],
    highlights,
    contentHash,
  }
}

const written = (text: string, spans: readonly Span[]) =>
  spans.map(({ start, end }) => text.slice(start, end).toLowerCase())
const rounded = (score: number) => Math.round(score * 1000) / 1000
