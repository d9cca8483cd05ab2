import type { Grounding } from '../conversations/contract.ts'
import { languageOf } from '../lib/language.ts'
import { CitedPassage } from './cited-passage.ts'
import { type Claim, claimsIn } from './claims.ts'
import { nameableIn } from './names.ts'
import { quotesTruly } from './quotations.ts'
import { type Basis, judge, type Verdict } from './support.ts'

/** What the agent itself may say without a source. */
export type Own = {
  /** Its greeting, refusal and the like: sentences of these claim nothing. */
  texts: readonly string[]
  /** Its name and instructions: what they name may be named. */
  known: string
}

/** Unsupported sentences that are listed; all are counted. */
const MOST_LISTED = 100

/**
 * Which sentences of an answer the passages support, by their words alone and whatever model wrote it. A claim is
 * supported when it stands verbatim in a passage (in one it cites, if it cites any), or when a passage it cites says
 * enough of its rarer terms at one place, with the same numbers and names, and denies what the claim denies.
 */
export function ground(answer: string, passages: readonly CitedPassage[], own: Own): Grounding {
  const claims = claimsIn(answer, own.texts)
  const basis: Basis = { language: languageOf(answer), rarity: rarityIn(passages), known: nameableIn(own.known) }
  const unsupported: Grounding['unsupported'] = []
  let [supported, unchecked, differing] = [0, 0, 0]
  for (const claim of claims) {
    const verdict = verdictOf(claim, passages, basis)
    if (verdict === 'supported') supported++
    else if (verdict === 'unchecked') unchecked++
    else if (++differing <= MOST_LISTED) unsupported.push({ start: claim.start, end: claim.end, reason: verdict })
  }
  const judged = supported + differing
  const score = judged === 0 ? null : Math.round((supported / judged) * 1000) / 1000
  return { claims: claims.length, supported, unchecked, score, unsupported }
}

function verdictOf(
  claim: Claim,
  passages: readonly CitedPassage[],
  basis: Basis,
): Verdict | 'no-citation' | 'quote-differs' {
  const cited = [...claim.cites].flatMap((n) => passages[n - 1] ?? [])
  if ((cited.length > 0 ? cited : passages).some((passage) => isVerbatim(claim, passage))) return 'supported'
  if (cited.length === 0) return 'no-citation'
  return quotesTruly(claim.text, cited) ? judge(claim, cited, basis) : 'quote-differs'
}

/** A word or two prove nothing: they stand in every text. */
const LEAST_VERBATIM_TERMS = 2

function isVerbatim({ text, terms }: Claim, { plain }: CitedPassage): boolean {
  if (terms.length < LEAST_VERBATIM_TERMS) return false
  const said = text.replace(/\s+/g, ' ').replace(/[\s.!…。！]+$/u, '')
  for (let at = plain.indexOf(said); at >= 0; at = plain.indexOf(said, at + 1)) {
    const around = [plain.slice(Math.max(0, at - 2), at), plain.slice(at + said.length, at + said.length + 2)]
    if (!/[\p{L}\p{N}]$/u.test(around[0] ?? '') && !/^[\p{L}\p{N}]/u.test(around[1] ?? '')) return true
  }
  return false
}

/** Terms that many sentences of the evidence say are what it is about, and tell little apart. */
function rarityIn(passages: readonly CitedPassage[]): (term: string) => number {
  const counts = new Map<string, number>()
  let all = 0
  for (const { sentences } of passages) {
    all += sentences.length
    for (const { terms } of sentences) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return (term) => Math.log(1 + (all + 1) / (1 + (counts.get(term) ?? 0)))
}
